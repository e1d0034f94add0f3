package worker

import (
	"os"
	"testing"

	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// start runs the command in workerd, with an empty store.
func start(t *testing.T, command string, env ...string) (site, *workerd.Process) {
	t.Helper()
	p := workerd.Start(t, workerd.Build(t, command), t.TempDir(), append(env, workerd.NewKey())...)
	return newSite(p.URL), p
}
