//go:build !js

package cli

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway"
	"gatehouse/gateway/pins"
	"gatehouse/store"
	"gatehouse/store/mem"
)

func TestNews(t *testing.T) {
	at := time.Now()
	was := report{at, []gateway.Status{{Name: "a", State: "ok", Tools: 3, Running: 1}}}
	for _, tt := range []struct {
		name string
		next report
		want bool
	}{
		{"nothing new", report{at.Add(time.Second), []gateway.Status{{Name: "a", State: "ok", Tools: 3, Running: 1}}}, false},
		{"another number of calls", report{at.Add(time.Second), []gateway.Status{{Name: "a", State: "ok", Tools: 3, Waiting: 7}}}, false},
		{"another state", report{at.Add(time.Second), []gateway.Status{{Name: "a", State: "stale", Tools: 3}}}, true},
		{"another error", report{at.Add(time.Second), []gateway.Status{{Name: "a", State: "ok", Tools: 3, Error: "x"}}}, true},
		{"one backend more", report{at.Add(time.Second), []gateway.Status{{Name: "a", State: "ok", Tools: 3}, {Name: "b"}}}, true},
		{"nothing new for long", report{at.Add(reportLeast), was.Backends}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := was.news(tt.next); got != tt.want {
				t.Errorf("news = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestListBackends(t *testing.T) {
	kv := new(mem.KV)
	var out bytes.Buffer
	p := &program{stdout: &out}
	if err := p.listBackends(t.Context(), kv); err == nil || !strings.Contains(err.Error(), "no server runs") {
		t.Errorf("without a report: %v", err)
	}
	put := func(r report) {
		t.Helper()
		if _, err := reports(kv).Upsert(t.Context(), reportID, func(row *report) error { *row = r; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	put(report{time.Now().Add(-time.Hour), nil})
	if err := p.listBackends(t.Context(), kv); err == nil || !strings.Contains(err.Error(), "does not run any more") {
		t.Errorf("with an old report: %v", err)
	}
	sees(t, kv, map[string]jsontext.Value{"a": jsontext.Value(`{}`), "b": jsontext.Value(`{}`)})
	sees(t, kv, map[string]jsontext.Value{"a": jsontext.Value(`{"x":1}`), "b": jsontext.Value(`{"x":1}`)})
	put(report{time.Now(), []gateway.Status{
		{Name: "files", Kind: "stdio", State: "stale", Tools: 2, Resources: 1, Templates: 3, Breaker: "open", Error: "dial\n\x1b[2Jboom", Since: time.Now()},
		{Name: "issues", Kind: "remote", State: "ok", Breaker: "closed", Withheld: []string{"a", "b"}, Notes: []string{"x.y: mended"}},
	}})
	if err := p.listBackends(t.Context(), kv); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"files   stdio   stale, not called  2      0        4", "dial; ?[2Jboom", "issues: x.y: mended", "withheld, because they have changed: a, b", "gatehouse backends accept issues"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &out)
		}
	}
}

// sees has the host see tools of issues.
func sees(t *testing.T, kv store.KV, tools map[string]jsontext.Value) {
	t.Helper()
	if _, _, err := pins.New(kv).Look(t.Context(), "issues", maps.All(tools)); err != nil {
		t.Fatal(err)
	}
}

// TestAcceptTools shows what a pinned tool has become, and lets it through: it
// is not called withheld any more, though the server has not looked yet.
func TestAcceptTools(t *testing.T) {
	kv := new(mem.KV)
	var out bytes.Buffer
	p := &program{stdout: &out}
	says := func(want string) {
		t.Helper()
		if got := out.String(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
		out.Reset()
	}
	sees(t, kv, map[string]jsontext.Value{"a": jsontext.Value(`{"name":"a"}`), "b": jsontext.Value(`{"name":"b"}`)})
	sees(t, kv, map[string]jsontext.Value{"a": jsontext.Value(`{"name":"a\u202e"}`)})
	pinned, err := pins.New(kv).Get(t.Context(), "issues")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.showChanges(t.Context(), kv, "issues"); err != nil {
		t.Error(err)
	}
	says("a, since " + when(pinned.Tools["a"].Since) + ":\n{\n\t\"name\": \"a?\"\n}\n")

	s := gateway.Status{Name: "issues", Withheld: []string{"a", "b"}}
	if got := stillWithheld(t.Context(), kv, s); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q are withheld, want a", got)
	}
	if err := p.acceptTools(t.Context(), kv, "issues", []string{"a"}); err != nil {
		t.Error(err)
	}
	says("accepted a of issues; a running server shows it within seconds\n")
	if got := stillWithheld(t.Context(), kv, s); len(got) > 0 {
		t.Errorf("%q are withheld, want none", got)
	}
}
