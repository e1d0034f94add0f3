//go:build !js

package durableobject_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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
		pass(t, workerd.Start(t, dir, state).URL+"/all", ".")
	})
	t.Run("what was written is there after a kill and after an end", func(t *testing.T) {
		process := workerd.Start(t, dir, state)
		pass(t, process.URL+"/left", "^TestLeave$")
		process.Kill()
		process = workerd.Start(t, dir, state)
		pass(t, process.URL+"/left", "^TestFind$")
		process.Terminate(t)
		process = workerd.Start(t, dir, state)
		pass(t, process.URL+"/left", "^TestFind$")
	})
	t.Run("what the outside was told is there after a kill at any moment", func(t *testing.T) {
		for round := range 4 {
			object := fmt.Sprintf("/told-%d", round)
			process := workerd.Start(t, dir, state)
			told := killAfter(t, process, object, 20+30*round)
			process = workerd.Start(t, dir, state)
			pass(t, process.URL+object, "^TestWritten$", fmt.Sprintf("-writes=%d", told))
			process.Kill()
		}
	})
}

// killAfter lets an object write, kills the process once that many writes were
// told, and returns how many were.
func killAfter(t *testing.T, process *workerd.Process, object string, least int) (told int) {
	t.Helper()
	lines := bufio.NewScanner(begin(t, process.URL+object, "^TestWrite$", "-writes=100000"))
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "written "); ok {
			told++
			if n != fmt.Sprint(told) {
				t.Fatalf("told of write %s, want %d", n, told)
			}
		}
		if told == least {
			process.Kill() // what was sent before is still to be read
		}
	}
	if told < least || lines.Err() == nil {
		t.Fatalf("told of %d writes and then %v, want at least %d and an end that was cut", told, lines.Err(), least)
	}
	return told
}

// build lays out a Worker that runs the tests of this package.
func build(t *testing.T) (dir string) {
	t.Helper()
	node.Asked(t)
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm")
	if err := os.CopyFS(filepath.Join(dir, "wasm"), os.DirFS(lib)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-c", "-o", filepath.Join(dir, "test.wasm"), ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tests: %v\n%s", err, out)
	}
	return dir
}

// pass runs the tests that match a pattern in an object. A pattern that matches
// nothing, or what skips itself, has not passed.
func pass(t *testing.T, object, pattern string, args ...string) {
	t.Helper()
	said, err := io.ReadAll(begin(t, object, pattern, args...))
	if err != nil {
		t.Fatalf("read what the tests say: %v\n%s", err, said)
	}
	text := string(said)
	if !strings.HasSuffix(text, "\nexit status 0\n") || !strings.Contains(text, "\n--- PASS: ") || strings.Contains(text, "--- SKIP: ") {
		t.Errorf("the tests say:\n%s", text)
	}
}

// begin starts tests in an object, and returns what they say as they say it.
func begin(t *testing.T, object, pattern string, args ...string) io.Reader {
	t.Helper()
	body, err := json.Marshal(append([]string{"-test.v", "-test.timeout=2m", "-test.run=" + pattern}, args...))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(object, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.Body
}
