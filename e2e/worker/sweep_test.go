//go:build !js

package worker

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look at what the object has left

	"gatehouse/e2e/workerd"
)

// TestSweep lets records expire that nobody asks for again.
func TestSweep(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, after string
		left        bool
	}{
		{"after a second they are gone", "1s", false},
		{"before the time has come they are there", "1h", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := workerd.Configure(t, workerd.Build(t, command), "tokens: {access: 1s, refresh_idle: 1s, grant: 1s}")
			state := t.TempDir()
			p := workerd.Start(t, dir, state, workerd.NewKey(), "SWEEP_AFTER="+tt.after)
			newSite(p.URL).connect(t, "math")
			if all, _ := records(t, state); all == 0 {
				t.Fatal("the store is empty")
			}
			time.Sleep(8 * time.Second) // nobody asks
			p.Kill()
			if all, expired := records(t, state); expired > 0 != tt.left || all == expired {
				t.Errorf("%d of %d records have expired and are there; want some = %t", expired, all, tt.left)
			}
		})
	}
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
