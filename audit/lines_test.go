package audit

import (
	"errors"
	"testing"
	"time"
)

// batches keeps what is written to it, one string a write.
type batches struct {
	got []string
	err error
}

func (b *batches) Write(p []byte) (int, error) {
	b.got = append(b.got, string(p))
	return len(p), b.err
}

func TestLines(t *testing.T) {
	to := new(batches)
	sink := &Lines{W: to}
	at := time.Date(2026, 7, 28, 12, 0, 0, 0, time.UTC)
	events := []Event{{Time: at, Action: "login"}, {Time: at, Action: "logout"}}
	if err := sink.Write(events); err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(events[:1]); err != nil {
		t.Fatal(err)
	}
	login := `{"time":"2026-07-28T12:00:00Z","action":"login"}` + "\n"
	want := []string{login + `{"time":"2026-07-28T12:00:00Z","action":"logout"}` + "\n", login}
	if len(to.got) != 2 || to.got[0] != want[0] || to.got[1] != want[1] {
		t.Errorf("written: %q, want %q", to.got, want)
	}

	to.err = errors.New("no room")
	if err := sink.Write(events); !errors.Is(err, to.err) {
		t.Errorf("Write = %v, want the failure of the writer", err)
	}
}
