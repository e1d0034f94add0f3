//go:build !js

package workerskv_test

import (
	"io"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
)

// TestInMiniflare runs the tests of the js/wasm target in a Worker.
func TestInMiniflare(t *testing.T) {
	dir := workerd.BuildTests(t)
	modules := filepath.Join(node.Root(t), "worker", "node_modules")
	cmd := node.Installed(t).Command(t, time.Minute, filepath.Join(dir, "start.mjs"), modules)
	said := new(server.Log)
	cmd.Stderr = said
	stdout, w := io.Pipe()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		w.Close()
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Miniflare said:\n%s", said.Tail(4<<10))
		}
	})
	url := server.Await(t, io.TeeReader(stdout, said), regexp.MustCompile(`^listening on (\S+)$`))[1]
	workerd.PassTests(t, url, ".")
}
