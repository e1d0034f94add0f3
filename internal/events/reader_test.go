package events

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// all reads a stream to its end.
func all(from io.Reader, most int) (read []string, r *Reader, err error) {
	r = &Reader{From: from, Most: most, Total: 8 * int64(most)}
	for {
		ev, err := r.Next()
		if err != nil {
			return read, r, err
		}
		read = append(read, ev.Name+":"+string(ev.Data))
	}
}

func TestReader(t *testing.T) {
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

func TestAStreamSaysWhereToGoOn(t *testing.T) {
	_, r, _ := all(strings.NewReader("id: 7\nretry: 1500\ndata:\n\nid: \x00\nretry: soon\ndata: a\n\n"), 1<<10)
	if r.LastID != "7" || r.Retry != 1500*time.Millisecond {
		t.Errorf("id %q, retry %v", r.LastID, r.Retry)
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

func TestAStreamIsBounded(t *testing.T) {
	for name, stream := range map[string]endless{
		"a line without an end":     "x",
		"data without an end":       "data: x\n",
		"a stream without an end":   "data: x\n\n",
		"comments without an end":   ": x\n",
		"empty lines without end":   "\n",
		"carriage returns for ever": "\r",
	} {
		if _, _, err := all(stream, 1<<10); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStreamWithoutABoundGoesOn(t *testing.T) {
	r := &Reader{From: endless("data: x\n\n"), Most: 1 << 10}
	for range 10_000 {
		if ev, err := r.Next(); err != nil || string(ev.Data) != "x" {
			t.Fatalf("%q, %v", ev.Data, err)
		}
	}
}

// plain reads a stream the way that the standard words it, all at once.
func plain(stream string) (read []string, lastID string) {
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(stream, "\ufeff"))
	lines := strings.Split(stream, "\n")
	var name string
	var data []string
	for _, line := range lines[:len(lines)-1] { // what has no end is no line
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && data != nil:
			read = append(read, name+":"+strings.Join(data, "\n"))
			name, data = "", nil
		case line == "":
			name = ""
		case field == "event":
			name = value
		case field == "data":
			data = append(data, value)
		case field == "id" && !strings.Contains(value, "\x00"):
			lastID = value
		}
	}
	return read, lastID
}

// However a stream is cut, it says what the standard makes of the whole.
func FuzzReader(f *testing.F) {
	f.Add("event: a\r\ndata: b\rid: 7\n\n: c\n\ndata\n\n", 3)
	f.Add("\ufeffdata: a\n\n\ufeffdata: b\n\n", 2)
	f.Fuzz(func(t *testing.T, stream string, at int) {
		at = min(max(at, 0), len(stream))
		got, r, err := all(io.MultiReader(strings.NewReader(stream[:at]), strings.NewReader(stream[at:])), 1<<10)
		if errors.Is(err, ErrTooLarge) {
			return
		}
		want, lastID := plain(stream)
		if !slices.Equal(got, want) || !errors.Is(err, io.EOF) || r.LastID != lastID && len(lastID) <= maxID {
			t.Errorf("cut at %d: %q, id %q, %v, want %q, id %q", at, got, r.LastID, err, want, lastID)
		}
	})
}
