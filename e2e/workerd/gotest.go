package workerd

import (
	"bytes"
	_ "embed" // the runner in JavaScript
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/node"
)

//go:embed gotest.js
var runner []byte

// BuildTests lays out a Worker that runs the js/wasm tests of the package in
// the current folder. The Worker itself is in that package's testdata, and
// calls what gotest.js exports. The test is skipped if nobody asked for it.
func BuildTests(t testing.TB) (dir string) {
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
	support, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"wasm_exec.js": support, "gotest.js": runner} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-c", "-o", filepath.Join(dir, "test.wasm"), ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tests: %v\n%s", err, out)
	}
	return dir
}

// PassTests runs the tests that match a pattern in the Worker at the URL. A
// pattern that matches nothing, or what skips itself, has not passed.
func PassTests(t testing.TB, url, pattern string, args ...string) {
	t.Helper()
	said, err := io.ReadAll(BeginTests(t, url, pattern, args...))
	if err != nil {
		t.Fatalf("read what the tests say: %v\n%s", err, said)
	}
	text := string(said)
	if !strings.HasSuffix(text, "\nexit status 0\n") || !strings.Contains(text, "\n--- PASS: ") || strings.Contains(text, "--- SKIP: ") {
		t.Errorf("the tests say:\n%s", text)
	}
}

// BeginTests starts tests, and returns what they say as they say it.
func BeginTests(t testing.TB, url, pattern string, args ...string) io.Reader {
	t.Helper()
	body, err := json.Marshal(append([]string{"-test.v", "-test.timeout=2m", "-test.run=" + pattern}, args...))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.Body
}
