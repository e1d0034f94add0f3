package worker

import (
	"net/http"
	"testing"

	"gatehouse/e2e/trial"
	"gatehouse/e2e/workerd"
)

const crashes = 4

// TestCrash kills the runtime under load, again and again.
func TestCrash(t *testing.T) {
	t.Parallel()
	for name, shards := range map[string]string{"one object": "SHARDS=1", "three objects": "SHARDS=3"} {
		t.Run(name, func(t *testing.T) {
			l := atHome(t, shards)
			trial.Crash(t, crashes, trial.Victim{Site: l.Site, Kill: l.kill, Start: func() { l.start(t) }})
		})
	}
}

// atHome launches the command at a URL of this machine.
func atHome(t *testing.T, env ...string) *lasting {
	t.Helper()
	const home = "http://localhost:8787" // wherever the port really is
	dir, state := workerd.Build(t, command), t.TempDir()
	env = append(env, workerd.NewKey(), "GATEHOUSE_URLS="+home)
	return at(t, home, new(http.Transport), func() *workerd.Process { return workerd.Start(t, dir, state, env...) })
}
