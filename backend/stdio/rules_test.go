//go:build !js

package stdio

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	now := time.Unix(1000, 0)
	short, long := time.Second, time.Hour
	for name, tt := range map[string]struct {
		before death
		lived  time.Duration
		count  int
		pause  time.Duration // at most; half of it at least
	}{
		"the first death is forgiven":       {death{}, short, 1, 0},
		"the second costs a second":         {death{count: 1}, short, 2, time.Second},
		"each further one doubles it":       {death{count: 4}, short, 5, 8 * time.Second},
		"up to a minute":                    {death{count: 7}, short, 8, time.Minute},
		"and no further":                    {death{count: 1000}, short, 1001, time.Minute},
		"a long life before is a new start": {death{count: 1000}, long, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.before.next(tt.lived, now)
			if pause := got.until.Sub(now); got.count != tt.count || pause > tt.pause || pause < tt.pause/2 {
				t.Errorf("death %d costs %v, want death %d to cost %v to %v", got.count, pause, tt.count, tt.pause/2, tt.pause)
			}
		})
	}
}

func TestLedger(t *testing.T) {
	for name, tt := range map[string]struct {
		messages []string // "> " to the server, "< " from it
		want     []string
	}{
		"a request is owed":                      {[]string{`> {"id":1,"method":"tools/call"}`}, []string{"1"}},
		"its answer settles it":                  {[]string{`> {"id":1,"method":"tools/call"}`, `< {"id":1,"result":{}}`}, nil},
		"an error settles it too":                {[]string{`> {"id":"a","method":"tools/call"}`, `< {"error":{},"id":"a"}`}, nil},
		"another's answer does not":              {[]string{`> {"id":1,"method":"tools/call"}`, `< {"id":2,"result":{}}`}, []string{"1"}},
		"nor a question with the same id":        {[]string{`> {"id":1,"method":"tools/call"}`, `< {"id":1,"method":"roots/list"}`}, []string{"1"}},
		"a batch settles each":                   {[]string{`> {"id":1,"method":"a"}`, `> {"id":2,"method":"b"}`, `< [{"id":2,"result":{}}, {"id":1,"result":{}}]`}, nil},
		"a broken batch settles what it can":     {[]string{`> {"id":1,"method":"a"}`, `> {"id":2,"method":"b"}`, `< [{"id":2,"result":{}}, {"id":1]`}, []string{"1"}},
		"a cancelled request is not answered":    {[]string{`> {"id":1,"method":"a"}`, `> {"method":"notifications/cancelled","params":{"requestId":1}}`}, nil},
		"to ask what it is need not be answered": {[]string{`> {"id":1,"method":"server/discover"}`}, nil},
		"a notification is not owed":             {[]string{`> {"method":"notifications/initialized"}`}, nil},
		"our own answer is not owed":             {[]string{`> {"id":1,"result":{}}`}, nil},
		"to listen for lists is not work":        {[]string{`> {"id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true}}}`}, nil},
		"to listen for a resource is":            {[]string{`> {"id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["a:b"]}}}`}, []string{"1"}},
		"a subscription stays": {
			[]string{`> {"id":1,"method":"resources/subscribe","params":{"uri":"a:b"}}`, `< {"id":1,"result":{}}`},
			[]string{`watch "a:b"`},
		},
		"until it is given up": {
			[]string{
				`> {"id":1,"method":"resources/subscribe","params":{"uri":"a:b"}}`, `< {"id":1,"result":{}}`,
				`> {"id":2,"method":"resources/unsubscribe","params":{"uri":"a:b"}}`, `< {"id":2,"result":{}}`,
			}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := make(ledger)
			for _, m := range tt.messages {
				if text, sent := strings.CutPrefix(m, "> "); sent {
					l.sent([]byte(text))
				} else {
					l.received([]byte(strings.TrimPrefix(m, "< ")))
				}
			}
			var got []string
			for key := range l {
				got = append(got, key)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("owed: %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzLedger feeds it what a lying server may write.
func FuzzLedger(f *testing.F) {
	for _, seed := range []string{`{"id":1,"result":{}}`, `[{"id":1}]`, `[{]`, `{"id":}`, `{"method":"x","id":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if !looksLikeMessage(line) {
			return
		}
		l := ledger{"1": {}, "watch \"a\"": {}}
		l.received(line)
		if _, still := l[`watch "a"`]; !still {
			t.Error("a server ended our watch")
		}
	})
}

func TestLooksLikeMessage(t *testing.T) {
	for line, want := range map[string]bool{
		`{"jsonrpc":"2.0"}`:          true,
		`[{"jsonrpc":"2.0"}]`:        true,
		`[ {"jsonrpc":"2.0"} ]`:      true,
		``:                           false,
		`{`:                          false,
		`}`:                          false,
		`{ "pretty":`:                false,
		`[info] started`:             false,
		`[info]`:                     false,
		`Server running on stdio`:    false,
		`2026-11-23 {"level":"info"`: false,
	} {
		if got := looksLikeMessage([]byte(line)); got != want {
			t.Errorf("looksLikeMessage(%s) = %t", line, got)
		}
	}
}

func TestAppendLine(t *testing.T) {
	got := string(appendLine([]byte("{}\n"), []byte("{\r\n\"a\": 1\n}")))
	if want := "{}\n{  \"a\": 1 }\n"; got != want {
		t.Errorf("appendLine = %q, want %q", got, want)
	}
}

func TestFamilyOf(t *testing.T) {
	all := table{
		{pid: 1, group: 1, session: 1, memory: 1},
		{pid: 13, parent: 12, group: 13, session: 13, memory: 100}, // has left, and its parent is one of us
		{pid: 10, parent: 1, group: 10, session: 10, memory: 2},
		{pid: 11, parent: 10, group: 10, session: 10, memory: 4},
		{pid: 12, parent: 1, group: 12, session: 10, memory: 8}, // its parent has ended
		{pid: 20, parent: 1, group: 20, session: 20, memory: 1000},
	}
	if got := all.memoryOf(10); got != 2+4+8+100 {
		t.Errorf("memory of the family = %d", got)
	}
	if got := all.memoryOf(99); got != 0 {
		t.Errorf("memory of nobody = %d", got)
	}
	if got := table(nil).memoryOf(10); got != 0 {
		t.Errorf("memory where nothing is known = %d", got)
	}
}
