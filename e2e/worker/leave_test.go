package worker

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/node"
)

// TestLeave has clients leave at the front door: before it listens for that,
// while it does, before a stream has begun, and not at all.
func TestLeave(t *testing.T) {
	t.Parallel()
	tools := node.Installed(t)
	script := filepath.Join("testdata", "leave.mjs")
	out, err := tools.Command(t, time.Minute, script, filepath.Join(node.Root(t), "worker", "crossing.mjs")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, want := strings.TrimSpace(string(out)), `{"soon":1,"late":1,"streaming":1,"never":0}`; got != want {
		t.Errorf("the object was told %s, want %s", got, want)
	}
}
