package audit

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
)

func TestQuoted(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", `""`},
		{"plain", "tools/call", `"tools/call"`},
		{"other scripts", "Zoë 日本 🦊", `"Zoë 日本 🦊"`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"line ends", "a\r\nb", `"a\u000d\u000ab"`},
		{"a terminal's commands", "\x1b[2J\u009b2J\x7f", `"\u001b[2J\u009b2J\u007f"`},
		{"marks of direction", "a\u202eb\u2066", `"a\u202eb\u2066"`},
		{"line separators", "\u2028\u2029", `"\u2028\u2029"`},
		{"what shows nothing beyond 16 bits", "\U000e0041", `"\udb40\udc41"`},
		{"bytes that are no text", "a\xffb\xc3", `"a\ufffdb\ufffd"`},
		{"the replacement character itself", "\ufffd", `"` + "\ufffd" + `"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(appendQuoted(nil, test.text)); got != test.want {
				t.Errorf("quoted = %s, want %s", got, test.want)
			}
		})
	}
}

func FuzzEventLine(f *testing.F) {
	f.Add("tools/call", "add")
	f.Add("\"\\\x00", "\u202e\U000e0041\xff")
	f.Fuzz(func(t *testing.T, action, target string) {
		ev := Event{Time: time.Unix(0, 0), Action: action, Target: target}
		ev.bound()
		got := ev.appendJSON(nil)
		if i := strings.IndexFunc(string(got), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("line %q shows not at %d", got, i)
		}
		var read struct {
			Time           time.Time
			Action, Target string
		}
		if err := json.Unmarshal(got, &read, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("line %s = %v", got, err)
		}
		if want := strings.ToValidUTF8(ev.Target, ""); strings.ReplaceAll(read.Target, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Errorf("target reads %q, want %q", read.Target, want)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	ev := Event{
		Time: time.Now(), Phase: Done, Request: "5f0c1d2e3b4a5968", Subject: "dev:alice", Name: "Alice",
		ClientID: "https://client.example/metadata.json", Grant: "0Fh3kq9ZxT2bVn7LmR5sWc",
		Action: "tools/call", Backend: "math", Target: "add", Outcome: OK, Duration: 42 * time.Microsecond,
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = ev.appendJSON(buf[:0])
	}
}
