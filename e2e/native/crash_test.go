package native

import (
	"bytes"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/trial"
	_ "gatehouse/store/sqlite" // the driver, to look into the file
)

const crashes = 12

// TestCrash kills the server under load, again and again.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	trial.Crash(t, crashes, trial.Victim{
		Site: p.Site,
		Kill: func() { p.kill() },
		Start: func() {
			p = launch{data: p.data, addr: p.addr}.start(t)
			checkStore(t, p.data)
		},
		Personal: func() string { return p.personal(t, "ada", "math") },
	})
	t.Logf("%d lines of record", checkRecord(t, p.data, crashes))
}

// checkStore has SQLite look through the whole file.
func checkStore(t *testing.T, data string) {
	t.Helper()
	db := openStore(t, data)
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check = %q, %v", verdict, err)
	}
}

func openStore(t *testing.T, data string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "gatehouse.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// checkRecord reads the record of calls, and returns how many lines it has. A
// process that is killed leaves the line that it was writing as it is.
func checkRecord(t *testing.T, data string, crashes int) (lines int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	torn := 0
	for line := range bytes.Lines(text) {
		lines++
		if jsontext.Value(line).IsValid() && line[len(line)-1] == '\n' {
			continue
		}
		if torn++; torn > crashes {
			t.Errorf("line %d of the record is %q", lines, line)
		}
	}
	return lines
}

// TestCrashAtStart kills the server while it makes itself at home, which must
// not keep it from moving in the next time.
func TestCrashAtStart(t *testing.T) {
	t.Parallel()
	for range 8 {
		l := launch{data: filepath.Join(t.TempDir(), "new")}
		for range 3 {
			cmd := l.prepare(t)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(rand.N(50 * time.Millisecond))
			cmd.Process.Kill()
			cmd.Wait()
		}
		p := l.start(t)
		p.WantSum(t, p.personal(t, "ada", "math"), 1, 2)
		checkStore(t, p.data)
		p.kill()
	}
}
