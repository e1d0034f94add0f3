//go:build !js

package durableobject_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/node"
	"gatehouse/e2e/workerd"
)

// TestInWorkerd runs the tests of the js/wasm target inside a Durable Object.
func TestInWorkerd(t *testing.T) {
	dir, state := build(t), t.TempDir()

	t.Run("the driver passes its tests", func(t *testing.T) {
		object := workerd.Start(t, dir, state).URL + "/all"
		pass(t, object, "-test.run=.", "TestKV", "TestKVDurable", "TestMedium", "TestSweep")
	})
	t.Run("what was written is there after a kill and after an end", func(t *testing.T) {
		process := workerd.Start(t, dir, state)
		pass(t, process.URL+"/restart", "-test.run=^TestLeave$", "TestLeave")
		process.Kill()
		process = workerd.Start(t, dir, state)
		pass(t, process.URL+"/restart", "-test.run=^TestFind$", "TestFind")
		process.Terminate(t)
		process = workerd.Start(t, dir, state)
		pass(t, process.URL+"/restart", "-test.run=^TestFind$", "TestFind")
	})
}

// build lays out a Worker that runs the tests of this package.
func build(t *testing.T) (dir string) {
	t.Helper()
	node.Asked(t)
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	runtimeJS, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "wasm_exec.js"), runtimeJS, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-c", "-o", filepath.Join(dir, "test.wasm"), ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tests: %v\n%s", err, out)
	}
	return dir
}

// pass runs tests in an object. Those that are named must be among those that
// passed: a pattern that matches nothing passes as well.
func pass(t *testing.T, object, pattern string, names ...string) {
	t.Helper()
	said, err := io.ReadAll(begin(t, object, pattern))
	if err != nil {
		t.Fatalf("read what the tests say: %v\n%s", err, said)
	}
	if !strings.HasSuffix(string(said), "\nexit status 0\n") {
		t.Errorf("the tests say:\n%s", said)
	}
	for _, name := range names {
		if !strings.Contains(string(said), "\n--- PASS: "+name+" ") {
			t.Errorf("%s has not passed:\n%s", name, said)
		}
	}
}

// begin starts tests in an object, and returns what they say as they say it.
func begin(t *testing.T, object, pattern string) io.Reader {
	t.Helper()
	args, err := json.Marshal([]string{"-test.v", "-test.timeout=2m", pattern})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(object, "application/json", bytes.NewReader(args))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.Body
}
