package offer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// pages answers tools/list: a page by its cursor, the first by "".
type pages map[string]string

func (p pages) source() *Source {
	return &Source{Most: 64 << 10, Log: slog.New(slog.DiscardHandler), Ask: func(_ context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
		page, ok := p[mcp.StringMember(params, "cursor")]
		if method != mcp.MethodToolsList || !ok {
			return nil, mcp.MethodNotFound(method)
		}
		return jsontext.Value(page), nil
	}}
}

// all are the capabilities of a server that has every list.
var all = About{Description: mcp.Description{Capabilities: jsontext.Value(`{"tools":{},"prompts":{},"resources":{}}`)}}

// names are those of the tools that an offer has.
func names(o *Offer) string {
	var names []string
	for _, e := range o.Tools {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func tool(name string) string { return `{"name":"` + name + `","inputSchema":{"type":"object"}}` }

func padded(name string, bytes int) string {
	return `{"name":"` + name + `","description":"` + strings.Repeat("x", bytes) + `","inputSchema":{"type":"object"}}`
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   pages
		want string
		kind error
	}{
		{"go on to the last", pages{"": `{"tools":[` + tool("a") + `],"nextCursor":"1"}`, "1": `{"tools":[` + tool("b") + `]}`}, "a b", nil},
		{"an empty cursor is none", pages{"": `{"tools":[` + tool("a") + `],"nextCursor":""}`}, "a", nil},
		{"that repeat are nonsense", pages{"": `{"tools":[],"nextCursor":"1"}`, "1": `{"tools":[],"nextCursor":"1"}`}, "", wire.ErrNonsense},
		{"that never end are nonsense", pages{"": `{"tools":[],"nextCursor":"1"}`, "1": `{"tools":[],"nextCursor":"2"}`, "2": `{"tools":[],"nextCursor":"1"}`}, "", wire.ErrNonsense},
		{"that are no lists are nonsense", pages{"": `{"tools":7}`}, "", wire.ErrNonsense},
		{"without a list have nothing", pages{"": `{}`}, "", nil},
		{"that are announced and not there have nothing", pages{}, "", nil},
		{"are too large together", pages{"": `{"tools":[` + padded("a", 40<<10) + `],"nextCursor":"1"}`, "1": `{"tools":[` + padded("b", 40<<10) + `]}`}, "", wire.ErrTooLarge},
		{"may hold too many entries", pages{"": `{"tools":[0` + strings.Repeat(",0", maxEntries) + `]}`}, "", wire.ErrNonsense},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _, err := tt.of.source().Read(t.Context(), &all)
			if !errors.Is(err, tt.kind) {
				t.Fatalf("err = %v, want %v", err, tt.kind)
			}
			if err == nil && names(o) != tt.want {
				t.Errorf("tools %q, want %q", names(o), tt.want)
			}
		})
	}
}

func TestNothingIsAskedForThatWasNotAnnounced(t *testing.T) {
	s := pages{}.source()
	s.Ask = func(_ context.Context, method string, _ jsontext.Value) (jsontext.Value, error) {
		t.Errorf("asked for %s", method)
		return nil, errors.New("no")
	}
	if _, _, err := s.Read(t.Context(), &About{}); err != nil {
		t.Error(err)
	}
}

func TestOneListThatFailsEndsTheOthers(t *testing.T) {
	s, broken := pages{}.source(), errors.New("broken")
	s.Ask = func(ctx context.Context, method string, _ jsontext.Value) (jsontext.Value, error) {
		if method == mcp.MethodPromptsList {
			return nil, broken
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if _, _, err := s.Read(t.Context(), &all); !errors.Is(err, broken) {
		t.Errorf("err = %v, want that of the list that failed", err)
	}
}

func TestWhatCannotBeOfferedIsLeftOut(t *testing.T) {
	s := pages{"": `{"tools":[` + strings.Join([]string{
		tool("good"),
		tool("good"),
		`{"inputSchema":{"type":"object"}}`,
		`{"name":"no schema"}`,
		`{"name":"a string","inputSchema":{"type":"string"}}`,
		`{"name":"a list","inputSchema":[]}`,
		`7`,
		padded("large", maxEntry),
		tool("also good"),
	}, ",") + `]}`}.source()
	s.Most = 2 * maxEntry
	if o, _, err := s.Read(t.Context(), &all); err != nil || names(o) != "good also good" {
		t.Errorf("tools %q, %v", names(o), err)
	}
}

func TestHowLongAnOfferIsGood(t *testing.T) {
	for _, tt := range []struct {
		name        string
		said        time.Duration
		first, next string
		want        time.Duration
	}{
		{"nobody says", 0, ``, ``, 0},
		{"the server says", time.Minute, ``, ``, time.Minute},
		{"a list says less", time.Minute, `,"ttlMs":2000`, ``, 2 * time.Second},
		{"a list says more", time.Minute, `,"ttlMs":200000`, ``, time.Minute},
		{"the shortest of the pages counts", 0, `,"ttlMs":5000`, `,"ttlMs":3000`, 3 * time.Second},
		{"nothing is good for no time", 0, `,"ttlMs":0`, ``, minTTL},
		{"nor for less", -time.Second, ``, ``, minTTL},
		{"nor for ever", 0, `,"ttlMs":9000000000000000000`, ``, maxTTL},
		{"what is no time is not said", 0, `,"ttlMs":"soon"`, `,"ttlMs":-1`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			has := all
			has.TTL = tt.said
			_, got, err := pages{"": `{"tools":[],"nextCursor":"1"` + tt.first + `}`, "1": `{"tools":[]` + tt.next + `}`}.source().Read(t.Context(), &has)
			if err != nil || got != tt.want {
				t.Errorf("ttl %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// Whatever a server lists, what is offered has names that stand once.
func FuzzRead(f *testing.F) {
	f.Add(tool("a")+","+tool("b"), `"2"`, `1`)
	f.Add(`{"name":"x","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"}}}}`, `""`, `-1`)
	f.Fuzz(func(t *testing.T, entries, cursor, ttl string) {
		first := jsontext.Value(fmt.Sprintf(`{"tools":[%s],"nextCursor":%s,"ttlMs":%s}`, entries, cursor, ttl))
		if !first.IsValid() { // what is no JSON is no answer
			return
		}
		s := pages{"": string(first), "2": string(first)}.source()
		o, ttlGot, err := s.Read(t.Context(), &all)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, e := range o.Tools {
			if e.Name == "" || seen[e.Name] || mcp.Member(e.Raw, "inputSchema").Kind() != '{' {
				t.Errorf("offered %q", e.Raw)
			}
			seen[e.Name] = true
		}
		if ttlGot < 0 || ttlGot > maxTTL || !o.Same(o) {
			t.Errorf("ttl %v", ttlGot)
		}
	})
}
