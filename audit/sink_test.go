package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// line is what an event of the target alone looks like.
func line(target string) string {
	return `{"time":"0001-01-01T00:00:00Z","target":"` + target + `"}` + "\n"
}

func openSink(t *testing.T, path string, maxBytes int64, keep int) *File {
	t.Helper()
	f, err := OpenFile(path, maxBytes, keep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func write(t *testing.T, f *File, targets ...string) {
	t.Helper()
	var events []Event
	for _, target := range targets {
		events = append(events, Event{Target: target})
	}
	if err := f.Write(events); err != nil {
		t.Fatalf("write %q = %v", targets, err)
	}
}

// wantFile checks a file's content; that of "" is no file.
func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds\n%swant\n%s", filepath.Base(path), got, want)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "audit.jsonl")
	f := openSink(t, path, 0, 0)
	write(t, f, "a", "b")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = openSink(t, path, 0, 0)
	write(t, f, "c")
	wantFile(t, path, line("a")+line("b")+line("c"))
	if info, err := os.Stat(path); err != nil || (info.Mode().Perm() != 0o600 && runtime.GOOS != "windows") {
		t.Errorf("mode = %v, %v, want 0600", info.Mode(), err)
	}
}

func TestFileRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := openSink(t, path, int64(len(line("a")+line("b"))), 2)
	for _, target := range []string{"a", "b", "c", "d", "e", "f"} {
		write(t, f, target)
	}
	write(t, f, "g") // and so "a" and "b" are over the number to keep
	wantFile(t, path, line("g"))
	wantFile(t, path+".1", line("e")+line("f"))
	wantFile(t, path+".2", line("c")+line("d"))
	wantFile(t, path+".3", "")

	write(t, f, "h", "i", "j") // a batch is never parted
	wantFile(t, path, line("h")+line("i")+line("j"))
	wantFile(t, path+".1", line("g"))

	f = openSink(t, path, int64(len(line("a")+line("b"))), 2)
	write(t, f, "k") // the size is known from before
	wantFile(t, path, line("k"))
}

func TestFileMovedAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := openSink(t, path, 0, 0)
	write(t, f, "a")
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Skip("an open file stays where it is here")
	}
	write(t, f, "b")
	wantFile(t, path+".moved", line("a"))
	wantFile(t, path, line("b"))
}

func TestFileTornLine(t *testing.T) {
	t.Run("by a process that died is left alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, []byte(line("a")+`{"time":"20`), 0o600); err != nil {
			t.Fatal(err)
		}
		write(t, openSink(t, path, 0, 0), "b")
		wantFile(t, path, line("a")+`{"time":"20`+"\n"+line("b"))
	})
	t.Run("by a write that failed is cut off", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		f := openSink(t, path, 0, 0)
		write(t, f, "a")
		// As a full disk leaves it: half of the batch is there.
		if err := f.append([]byte(`{"time":"20`)); err != nil {
			t.Fatal(err)
		}
		f.torn = true
		write(t, f, "b")
		wantFile(t, path, line("a")+line("b"))
	})
}

func TestFileFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := openSink(t, path, 0, 0)
	write(t, f, "a")
	f.file.Close() // the next write fails
	if err := f.Write([]Event{{Target: "b"}}); err == nil {
		t.Error("write to a closed file = nil, want an error")
	}
	wantFile(t, path, line("a"))
	write(t, f, "b") // and the one after that is well again
	wantFile(t, path, line("a")+line("b"))
}

func TestOpenFileFails(t *testing.T) {
	for name, path := range map[string]string{
		"a folder":            t.TempDir(),
		"a folder in no file": filepath.Join(os.DevNull, "audit.jsonl"),
	} {
		if f, err := OpenFile(path, 0, 0); err == nil || f != nil {
			t.Errorf("open %s = %v, %v, want an error alone", name, f, err)
		}
	}
}

func TestEventLine(t *testing.T) {
	ev := Event{
		Time:  time.Date(2026, 7, 28, 14, 0, 0, 5000, time.FixedZone("", 7200)),
		Phase: Done, Request: "r1", Subject: "dev:alice", Name: "Alice", ClientID: "cli", Grant: "g1",
		Action: "tools/call", Backend: "math", Target: "add", Outcome: OK, Error: "none", Duration: 1500 * time.Microsecond,
	}
	want := `{"time":"2026-07-28T12:00:00.000005Z","phase":"done","request":"r1","subject":"dev:alice","name":"Alice",` +
		`"client":"cli","grant":"g1","action":"tools/call","backend":"math","target":"add","outcome":"ok","error":"none","ms":1.500}`
	if got := string(ev.appendJSON(nil)); got != want {
		t.Errorf("line = %s\nwant   %s", got, want)
	}
}

func TestBound(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"short", "add", "add"},
		{"as long as may be", strings.Repeat("x", 256), strings.Repeat("x", 256)},
		{"longer", strings.Repeat("x", 257), strings.Repeat("x", 253) + "…"},
		{"cut between letters", strings.Repeat("x", 252) + "日本語", strings.Repeat("x", 252) + "…"},
		{"no letters at all", strings.Repeat("\x80", 1000), "…"},
	} {
		ev := Event{Subject: test.text, Target: test.text, Error: test.text, Phase: Phase(test.text)}
		ev.bound()
		if want := (Event{Subject: test.want, Target: test.want, Error: test.want, Phase: Phase(test.want)}); ev != want {
			t.Errorf("%s: bound = %q, want %q", test.name, ev.Target, test.want)
		}
	}
}
