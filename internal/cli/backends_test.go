//go:build !js

package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gatehouse/gateway"
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
