//go:build !js

package worker

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look at what the object has left

	"gatehouse/e2e/node"
	"gatehouse/e2e/workerd"
	"gatehouse/store"
)

// TestSweep lets records expire that nobody asks for again.
func TestSweep(t *testing.T) {
	node.Asked(t)
	for _, tt := range []struct {
		name, after string
		left        bool
	}{
		{"after a second they are gone", "1s", false},
		{"before the time has come they are there", "1h", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GATEHOUSE_KEYS", store.NewKey().Reveal())
			t.Setenv("SWEEP_AFTER", tt.after)
			state := t.TempDir()
			p := workerd.Start(t, configured(t, "tokens: {access: 1s, refresh_idle: 1s, grant: 1s}"), state)
			newSite(p.URL).connect(t, "math")
			if all, _ := records(t, state); all == 0 {
				t.Fatal("the store is empty")
			}
			time.Sleep(5 * time.Second) // nobody asks
			p.Kill()
			if all, expired := records(t, state); expired > 0 != tt.left || all == expired {
				t.Errorf("%d of %d records have expired and are there; want some = %t", expired, all, tt.left)
			}
		})
	}
}

// configured returns a folder with the command under another gatehouse.yaml.
func configured(t *testing.T, yaml string) string {
	t.Helper()
	from, dir := build(t, command), t.TempDir()
	for _, name := range []string{"build", "worker.mjs", "config.capnp"} {
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "gatehouse.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// records counts what the objects keep.
func records(t *testing.T, state string) (all, expired int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "*", "*.sqlite"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the objects have left no store: %v", err)
	}
	for _, file := range files {
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var a, e sql.NullInt64
		row := db.QueryRowContext(t.Context(), `SELECT count(*), sum(expires < ?) FROM items`, time.Now().UnixMilli())
		if err := row.Scan(&a, &e); err != nil {
			continue // the runtime's own
		}
		all, expired = all+int(a.Int64), expired+int(e.Int64)
	}
	return all, expired
}
