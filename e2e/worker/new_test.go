package worker

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
	"gatehouse/store"
)

// TestNew begins a project as a user does, and serves it both ways.
func TestNew(t *testing.T) {
	node.Asked(t)
	dir := filepath.Join(t.TempDir(), "tea")
	do(t, ".", "go", "run", command, "new", dir)
	do(t, dir, "make", "test", "test-worker")

	t.Run("on a machine", func(t *testing.T) {
		binary := filepath.Join(t.TempDir(), "tea")
		do(t, dir, "go", "build", "-o", binary)
		cmd := exec.CommandContext(t.Context(), binary, "dev", "--config", "gatehouse.yaml", "--addr", "127.0.0.1:0", "--data", t.TempDir())
		cmd.Dir = dir
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Wait() })
		at := server.Await(t, stdout, regexp.MustCompile(`^listening on (\S+)$`))[1]
		beGreeted(t, newSite("http://"+at))
	})

	t.Run("in a Worker", func(t *testing.T) {
		worker := filepath.Join(dir, "worker")
		do(t, worker, "npm", "run", "build")
		t.Setenv("GATEHOUSE_KEYS", store.NewKey().Reveal())
		beGreeted(t, newSite(workerd.Start(t, workerd.Bundle(t, worker), t.TempDir()).URL))
	})
}

// do runs a command in a folder.
func do(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// beGreeted logs in to a project and calls its tool.
func beGreeted(t *testing.T, s site) {
	t.Helper()
	token := s.connect(t, "hello")
	if r := s.Call(t, token, "greet", `{"name":"Ada"}`); !strings.Contains(r.Body, `{"text":"Hello, Ada!"}`) {
		t.Errorf("greet = %v", r)
	}
	if r := s.Call(t, token, "greet", `{"name":""}`); !strings.Contains(r.Body, "say whom to greet") {
		t.Errorf("greet nobody = %v", r)
	}
}
