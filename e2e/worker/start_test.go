package worker

import (
	"fmt"
	"os"
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

// build returns a folder with the command, built once for all tests.
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
	workerd.Build(t, command, dir)
	built.dirs[command] = dir
	return dir
}
