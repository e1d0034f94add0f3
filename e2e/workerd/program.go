package workerd

import (
	_ "embed" // the configuration
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/e2e/node"
)

//go:embed program.capnp
var config []byte

// Build builds the command with this import path for the Worker, and lays it
// out in dir with a configuration for [Start]: the development login is on,
// and GATEHOUSE_KEYS, GATEHOUSE_URLS and SWEEP_AFTER are taken from the
// environment.
func Build(t testing.TB, command, dir string) {
	t.Helper()
	worker := filepath.Join(node.Root(t), "worker")
	out, err := exec.Command("node", filepath.Join(worker, "build.mjs"), command, filepath.Join(dir, "build")).CombinedOutput()
	if err != nil {
		t.Fatalf("build %s: %v\n%s", command, err, out)
	}
	t.Logf("%s", out)
	files := map[string][]byte{"config.capnp": config}
	for _, name := range []string{"worker.mjs", "gatehouse.yaml"} {
		if files[name], err = os.ReadFile(filepath.Join(worker, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
