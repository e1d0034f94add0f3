package client

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// all reads a stream to its end.
func all(from io.Reader, most int) (read []string, e *events, err error) {
	e = newEvents(from, most)
	for {
		ev, err := e.next()
		if err != nil {
			return read, e, err
		}
		read = append(read, ev.name+":"+string(ev.data))
	}
}

func TestEvents(t *testing.T) {
	tests := []struct{ name, stream, want string }{
		{"an event", "data: a\n\n", ":a"},
		{"two events", "data: a\n\ndata: b\n\n", ":a|:b"},
		{"an event with a name", "event: endpoint\ndata: /m\n\n", "endpoint:/m"},
		{"a name is that of its event alone", "event: x\n\ndata: a\n\n", ":a"},
		{"several lines of data", "data: a\ndata: b\n\n", ":a\nb"},
		{"only one space is taken away", "data:  a\n\ndata:b\n\n", ": a|:b"},
		{"carriage returns end lines", "data: a\r\rdata: b\r\r", ":a|:b"},
		{"with line feeds too", "data: a\r\n\r\ndata: b\r\n\r\n", ":a|:b"},
		{"comments are nothing", ": keep-alive\n\ndata: a\n\n", ":a"},
		{"unknown fields are nothing", "foo: bar\ndata: a\n\n", ":a"},
		{"a field without a colon is empty", "data\n\n", ":"},
		{"an event that is not complete is lost", "data: a\n\ndata: b\n", ":a"},
		{"a byte order mark is no part of it", "\ufeffdata: a\n\n", ":a"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for how, from := range map[string]io.Reader{
				"at once":      strings.NewReader(tt.stream),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.stream)),
			} {
				read, _, err := all(from, 1<<10)
				if got := strings.Join(read, "|"); got != tt.want || !errors.Is(err, io.EOF) {
					t.Errorf("%s: %q, %v, want %q", how, got, err, tt.want)
				}
			}
		})
	}
}

func TestEventsSayWhereToGoOn(t *testing.T) {
	_, e, _ := all(strings.NewReader("id: 7\nretry: 1500\ndata:\n\nid: \x00\nretry: soon\ndata: a\n\n"), 1<<10)
	if e.lastID != "7" || e.retry != 1500*time.Millisecond {
		t.Errorf("id %q, retry %v", e.lastID, e.retry)
	}
}

// endless repeats a text for ever.
type endless string

func (s endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], s)
	}
	return n, nil
}

func TestEventsAreBounded(t *testing.T) {
	for name, stream := range map[string]endless{
		"a line without an end":     "x",
		"data without an end":       "data: x\n",
		"a stream without an end":   "data: x\n\n",
		"comments without an end":   ": x\n",
		"empty lines without end":   "\n",
		"carriage returns for ever": "\r",
	} {
		if _, _, err := all(stream, 1<<10); !errors.Is(err, errTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEvents(f *testing.F) {
	f.Add("event: a\r\ndata: b\rid: 7\n\n: c\n\ndata\n\n", 3)
	f.Fuzz(func(t *testing.T, stream string, at int) {
		whole, e, err := all(strings.NewReader(stream), 1<<10)
		at = min(max(at, 0), len(stream))
		parts, p, err2 := all(io.MultiReader(strings.NewReader(stream[:at]), strings.NewReader(stream[at:])), 1<<10)
		if strings.Join(whole, "|") != strings.Join(parts, "|") || e.lastID != p.lastID || errors.Is(err, io.EOF) != errors.Is(err2, io.EOF) {
			t.Errorf("cut at %d: %q, %v, whole: %q, %v", at, parts, err2, whole, err)
		}
	})
}
