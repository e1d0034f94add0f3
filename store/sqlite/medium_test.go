//go:build !js

package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

func TestFileIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits here")
	}
	path := filepath.Join(t.TempDir(), "new", "folder", "a ?%23#.db")
	kv, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()
	put(t, kv, "a", "one", 0)
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %o, want %o", name, got, want)
		}
	}
}

func TestWritesReachTheDisk(t *testing.T) {
	kv := openIn(t, t.TempDir())
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := kv.write.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", pragma, got, err, want)
		}
	}
}

func TestRefusesFilesOfOthers(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		kind error
		says string
	}{
		{"no database", func(t *testing.T, path string) {
			writeFile(t, path, []byte(strings.Repeat("# Dear diary\n", 100)))
		}, fault.Unavailable, "damaged"},
		{"a database of another program", func(t *testing.T, path string) {
			execIn(t, path, "CREATE TABLE invoices (id INTEGER)")
		}, fault.Invalid, "another program"},
		{"a database with another program's mark", func(t *testing.T, path string) {
			execIn(t, path, "PRAGMA application_id = 77")
		}, fault.Invalid, "another program"},
		{"a store of a later edition", func(t *testing.T, path string) {
			execIn(t, path, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", application, edition+1))
		}, fault.Invalid, "schema 2"},
		{"a store that lost its middle", func(t *testing.T, path string) {
			execIn(t, path, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; CREATE TABLE items (a)", application, edition))
		}, fault.Unavailable, "cannot be used"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "foreign.db")
			test.make(t, path)
			before := readFile(t, path)
			kv, err := Open(path)
			if err == nil {
				kv.Close()
			}
			if !errors.Is(err, test.kind) || !strings.Contains(fault.Public(err), test.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("open = %v (public: %s), want %v that says %q", err, fault.Public(err), test.kind, test.says)
			}
			if after := readFile(t, path); errors.Is(test.kind, fault.Invalid) && after != before {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, err := Open(t.TempDir()); !errors.Is(err, fault.Unavailable) {
			t.Errorf("open = %v, want %v", err, fault.Unavailable)
		}
	})
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	kv, err := open(path, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()
	put(t, kv, "a", "one", 0)

	other, err := connect(path, 1, time.Second, "synchronous(FULL)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, kv, "busy")
	want(t, kv, "a", "one", 1) // who reads need not wait

	if _, err := kv.Sweep(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("sweep = %v, want %v", err, fault.Unavailable)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	want(t, kv, "a", "one", 1)
	put(t, kv, "a", "two", 1)
}

func TestFull(t *testing.T) {
	kv := openIn(t, t.TempDir())
	put(t, kv, "a", "one", 0)
	pragma(t, kv, "max_page_count = 1") // as small as it is now
	wantUnavailable(t, kv, "full")
	want(t, kv, "a", "one", 1)
	if _, err := kv.Get(t.Context(), "big"); !errors.Is(err, fault.NotFound) {
		t.Errorf("get of what did not fit = %v, want %v", err, fault.NotFound)
	}
	pragma(t, kv, "max_page_count = 100000")
	put(t, kv, "a", "two", 1)
}

func TestReadOnly(t *testing.T) {
	kv := openIn(t, t.TempDir())
	put(t, kv, "a", "one", 0)
	pragma(t, kv, "query_only = 1")
	wantUnavailable(t, kv, "written")
	want(t, kv, "a", "one", 1)
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	kv, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		put(t, kv, fmt.Sprintf("key %d", i), strings.Repeat("x", 500), 0)
	}
	if err := kv.Close(); err != nil {
		t.Fatal(err)
	}
	file := []byte(readFile(t, path))
	for i := 4096; i < len(file); i++ { // all but the first page
		file[i] ^= 0x5a
	}
	writeFile(t, path, file)

	kv, err = Open(path)
	if err == nil {
		defer kv.Close()
		_, err = kv.Get(t.Context(), "key 1")
	}
	if !errors.Is(err, fault.Unavailable) || !strings.Contains(fault.Public(err), "damaged") {
		t.Errorf("get = %v (public: %s), want %v that says damaged", err, fault.Public(err), fault.Unavailable)
	}
}

func TestSweep(t *testing.T) {
	kv := openIn(t, t.TempDir())
	past, later := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	tx, err := kv.write.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2*batch + 7 {
		if _, err := tx.Stmt(kv.create).Exec(fmt.Appendf(nil, "past/%d", i), now(), []byte("x"), millis(past)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for key, expires := range map[string]time.Time{"later": later, "never": {}} {
		if err := kv.Swap(t.Context(), store.Item{Key: key, Value: []byte("x"), Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{2*batch + 7, 0} {
		if got, err := kv.Sweep(t.Context()); got != want || err != nil {
			t.Errorf("sweep = %d, %v, want %d", got, err, want)
		}
	}
	var left int
	if err := kv.write.QueryRow("SELECT count(*) FROM items").Scan(&left); err != nil || left != 2 {
		t.Errorf("left = %d, %v, want 2", left, err)
	}
}

func BenchmarkSwap(b *testing.B) {
	b.Run("one after the other", func(b *testing.B) {
		kv := openIn(b, b.TempDir())
		for i := 0; b.Loop(); i++ {
			put(b, kv, fmt.Sprintf("key %d", i), strings.Repeat("x", 500), 0)
		}
	})
	b.Run("sixty-four at once", func(b *testing.B) {
		kv := openIn(b, b.TempDir())
		b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
		var n atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				put(b, kv, fmt.Sprintf("key %d", n.Add(1)), strings.Repeat("x", 500), 0)
			}
		})
	})
}

func BenchmarkGet(b *testing.B) {
	kv := openIn(b, b.TempDir())
	put(b, kv, "a", strings.Repeat("x", 500), 0)
	for b.Loop() {
		if _, err := kv.Get(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
	}
}

func put(t testing.TB, kv *KV, key, value string, version int64) {
	t.Helper()
	if err := kv.Swap(t.Context(), store.Item{Key: key, Value: []byte(value), Version: version}); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, kv *KV, key, value string, version int64) {
	t.Helper()
	got, err := kv.Get(t.Context(), key)
	if err != nil || string(got.Value) != value || got.Version != version {
		t.Errorf("get %q = %q at %d, %v, want %q at %d", key, got.Value, got.Version, err, value, version)
	}
}

// wantUnavailable tries a write that is too big for a full store.
func wantUnavailable(t *testing.T, kv *KV, says string) {
	t.Helper()
	err := kv.Swap(t.Context(), store.Item{Key: "big", Value: make([]byte, 1<<20)})
	if !errors.Is(err, fault.Unavailable) || !strings.Contains(fault.Public(err), says) {
		t.Errorf("swap = %v (public: %s), want %v that says %q", err, fault.Public(err), fault.Unavailable, says)
	}
}

func pragma(t *testing.T, kv *KV, text string) {
	t.Helper()
	if _, err := kv.write.Exec("PRAGMA " + text); err != nil {
		t.Fatal(err)
	}
}

func execIn(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
