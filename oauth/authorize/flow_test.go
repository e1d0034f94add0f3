package authorize_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/oauth"
)

func TestApprove(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)

	got := b.decide(b.toConsent(asked()), "approve").answer(t, redirect)
	if got.Get("state") != "s t/1&=" {
		t.Errorf("state = %q, want it as it was sent", got.Get("state"))
	}
	kind, id, ok := oauth.ParseToken(got.Get("code"))
	if !ok || kind != oauth.Code {
		t.Fatalf("code = %q, want one of ours", got.Get("code"))
	}
	g, err := h.grants.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if g.Subject != "dev:alice" || g.ClientID != "cli" || g.Issuer != issuer || g.Resource != issuer+"/mcp" || !slices.Equal(g.Scopes, []string{"math"}) {
		t.Errorf("grant = %+v", g)
	}
	c := g.Code
	if !c.Hash.Equal(oauth.HashToken(got.Get("code"))) || c.RedirectURI != redirect || c.Challenge != challenge || c.Used {
		t.Errorf("code = %+v", c)
	}
	if life := c.Expires.Sub(g.Created); life != time.Minute {
		t.Errorf("the code lives for %v, want a minute", life)
	}
	if life := g.Expires.Sub(g.Created); life != 90*24*time.Hour {
		t.Errorf("the grant lives for %v, want 90 days", life)
	}
}

func TestDeny(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)

	got := b.decide(b.toConsent(asked()), "deny").answer(t, redirect)
	if got.Get("error") != oauth.AccessDenied || got.Get("state") != "s t/1&=" || got.Has("code") {
		t.Errorf("answer = %v, want access_denied with the state and no code", got)
	}
	for id := range h.grants.All(t.Context(), "") {
		t.Errorf("grant %s was made although the person denied", id)
	}
}

func TestRecord(t *testing.T) {
	for _, tt := range []struct {
		decision string
		outcome  audit.Outcome
	}{
		{"approve", audit.OK},
		{"deny", audit.Denied},
	} {
		t.Run(tt.decision, func(t *testing.T) {
			h := newHouse(t)
			b := h.browser(t)
			b.decide(b.toConsent(asked()), tt.decision)
			if len(h.book.events) != 2 {
				t.Fatalf("events = %+v, want a login and a consent", h.book.events)
			}
			in, consent := h.book.events[0], h.book.events[1]
			if in.Action != "login" || in.Subject != "dev:alice" || in.Target != "dev" || in.Outcome != audit.OK {
				t.Errorf("login = %+v", in)
			}
			if consent.Action != "consent" || consent.Subject != "dev:alice" || consent.ClientID != "cli" ||
				consent.Target != "math" || consent.Outcome != tt.outcome || (consent.Grant == "") != (tt.outcome == audit.Denied) {
				t.Errorf("consent = %+v", consent)
			}
		})
	}
}
