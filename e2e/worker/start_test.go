package worker

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/e2e/node"
	"gatehouse/e2e/workerd"
	"gatehouse/store"
)

// built are the folders of the programs, by import path.
var built struct {
	sync.Mutex
	dirs map[string]string
	all  string
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(built.all)
	os.Exit(code)
}

// start runs the command in workerd, with an empty store.
func start(t *testing.T, command string) (site, *workerd.Process) {
	t.Helper()
	node.Asked(t)
	t.Setenv("GATEHOUSE_KEYS", store.NewKey().Reveal())
	p := workerd.Start(t, build(t, command), t.TempDir())
	return newSite(p.URL), p
}

// build returns a folder with the configuration and all that it names.
func build(t *testing.T, command string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if dir, ok := built.dirs[command]; ok {
		return dir
	}
	if built.all == "" {
		all, err := os.MkdirTemp("", "gatehouse-worker")
		if err != nil {
			t.Fatal(err)
		}
		built.all, built.dirs = all, make(map[string]string)
	}
	dir := filepath.Join(built.all, fmt.Sprint(len(built.dirs)))
	worker := filepath.Join(node.Root(t), "worker")
	out, err := exec.Command("node", filepath.Join(worker, "build.mjs"), command, filepath.Join(dir, "build")).CombinedOutput()
	if err != nil {
		t.Fatalf("build %s: %v\n%s", command, err, out)
	}
	t.Logf("%s", out)
	copyFile(t, filepath.Join(worker, "worker.mjs"), dir)
	copyFile(t, filepath.Join(worker, "gatehouse.yaml"), dir)
	copyFile(t, filepath.Join("testdata", "config.capnp"), dir)
	built.dirs[command] = dir
	return dir
}

func copyFile(t *testing.T, from, dir string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.Base(from)), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
