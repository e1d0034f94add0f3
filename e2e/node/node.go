// Package node runs the tools of e2e/package.json for the tests: real
// clients, and the official conformance suite.
//
// They come with a Node of their own, because most need a newer one than
// machines have. A test that calls [Installed] is skipped unless
// GATEHOUSE_E2E is set, so that `go test ./...` needs Go alone.
package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Tools are the installed packages.
type Tools struct {
	node    string // the executable
	modules string // node_modules
}

// Asked skips the test unless GATEHOUSE_E2E is set.
func Asked(t testing.TB) {
	t.Helper()
	if os.Getenv("GATEHOUSE_E2E") == "" {
		t.Skip("GATEHOUSE_E2E is not set")
	}
}

// Installed finds the tools, or skips the test if nobody asked for it.
// Asked for and not there is a failure: a test that skips itself in silence
// proves nothing.
func Installed(t testing.TB) Tools {
	t.Helper()
	Asked(t)
	modules := filepath.Join(Root(t), "e2e", "node_modules")
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	bin := filepath.Join(modules, "node-"+runtime.GOOS+"-"+arch, "bin", "node")
	if _, err := os.Stat(bin); err != nil {
		// No package brings one for this system: it must have its own.
		if bin, err = exec.LookPath("node"); err != nil {
			t.Fatalf("find node: %v (run npm ci in e2e)", err)
		}
	}
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("find the packages: %v (run npm ci in e2e)", err)
	}
	return Tools{node: bin, modules: modules}
}

// Root is the nearest folder upwards with a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Package returns the path of a file in an installed package.
func (x Tools) Package(path string) string {
	return filepath.Join(x.modules, filepath.FromSlash(path))
}

// Command prepares Node to run a script. The process and all that it starts
// is killed when the time is over, and when the test ends. Its home is a
// folder of the test's own, and it opens no browser.
func (x Tools) Command(t testing.TB, limit time.Duration, script string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	cmd := exec.CommandContext(ctx, x.node, append([]string{script}, args...)...)
	cmd.Env = append(os.Environ(),
		"HOME="+t.TempDir(),
		fmt.Sprintf("PATH=%s%c%s", filepath.Dir(x.node), os.PathListSeparator, os.Getenv("PATH")),
		"BROWSER=false",
		"NO_COLOR=1",
	)
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 5 * time.Second
	t.Cleanup(func() {
		cancel()
		if cmd.Process != nil {
			killGroup(cmd)
		}
	})
	return cmd
}
