package oidc_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth/idp/oidc"
	"gatehouse/oauth/login"
)

var trip = login.Trip{
	Callback: "https://gate.example/login/callback/corp",
	State:    "state",
	Nonce:    "nonce",
	Verifier: "verifier-of-at-least-forty-three-characters-long",
}

func configOf(p *provider) oidc.Config {
	return oidc.Config{ID: "corp", Label: "Example Corp", Issuer: p.URL, ClientID: "gatehouse", ClientSecret: "s"}
}

func TestLogin(t *testing.T) {
	for name, tt := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"a person is called by the name":              {map[string]any{"name": "Alice", "preferred_username": "al"}, "Alice"},
		"without a name, by the user name":            {map[string]any{"preferred_username": "al", "email": "a@x"}, "al"},
		"without either, by the address":              {map[string]any{"email": "a@x.example"}, "a@x.example"},
		"without any, by the subject of the provider": {nil, "42"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.claims = tt.claims
			away := oidc.New(configOf(p)).Away
			got, err := away.Finish(t.Context(), trip, p.visit(t, away, trip))
			if want := (login.Person{Subject: "oidc:corp:42", Name: tt.want}); err != nil || got != want {
				t.Errorf("Finish = %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		provider func(*provider)
		query    func(url.Values)
	}{
		"the provider refuses":                         {query: func(q url.Values) { q.Set("error", "access_denied") }},
		"somebody else answers":                        {query: func(q url.Values) { q.Set("iss", "https://evil.example") }},
		"the code is wrong":                            {query: func(q url.Values) { q.Set("code", "bad") }},
		"the proof key is another's":                   {provider: func(p *provider) { p.challenge = "x" }},
		"there is no ID token":                         {provider: func(p *provider) { p.drop = true }},
		"the ID token is for another client":           {provider: func(p *provider) { p.claims["aud"] = "other" }},
		"the ID token is of another issuer":            {provider: func(p *provider) { p.claims["iss"] = "https://evil.example" }},
		"the ID token has expired":                     {provider: func(p *provider) { p.claims["exp"] = time.Now().Add(-time.Hour).Unix() }},
		"the ID token is of another login":             {provider: func(p *provider) { p.claims["nonce"] = "other" }},
		"the ID token is not signed":                   {provider: func(p *provider) { p.header["alg"] = "none" }},
		"the ID token is signed with a shared secret":  {provider: func(p *provider) { p.header["alg"] = "HS256" }},
		"the ID token's signature is of another token": {provider: func(p *provider) { p.header["alg"] = "ES384" }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			away := oidc.New(configOf(p)).Away
			q := p.visit(t, away, trip)
			if tt.provider != nil {
				tt.provider(p)
			}
			if tt.query != nil {
				tt.query(q)
			}
			who, err := away.Finish(t.Context(), trip, q)
			if !errors.Is(err, fault.Denied) {
				t.Fatalf("Finish = %+v, %v; want denied", who, err)
			}
			if words := fault.Public(err); strings.Contains(words, p.URL) || strings.Contains(words, "oidc:") {
				t.Errorf("a stranger reads %q", words)
			}
		})
	}
}

func TestAllow(t *testing.T) {
	mail := func(address string, verified any) map[string]any {
		return map[string]any{"email": address, "email_verified": verified}
	}
	for name, tt := range map[string]struct {
		allow  oidc.Allow
		claims map[string]any
		want   bool
	}{
		"no list admits everybody":                {oidc.Allow{}, nil, true},
		"an address on the list":                  {oidc.Allow{Emails: []string{"Al@x.example"}}, mail("al@X.example", true), true},
		"another address":                         {oidc.Allow{Emails: []string{"al@x.example"}}, mail("bo@x.example", true), false},
		"an address that nobody verified":         {oidc.Allow{Emails: []string{"al@x.example"}}, mail("al@x.example", false), false},
		"an address without a word on it":         {oidc.Allow{Domains: []string{"x.example"}}, map[string]any{"email": "al@x.example"}, false},
		"the same, of a provider that is trusted": {oidc.Allow{Domains: []string{"x.example"}, TrustEmails: true}, map[string]any{"email": "al@x.example"}, true},
		"verified, in text":                       {oidc.Allow{Domains: []string{"x.example"}}, mail("al@x.example", "true"), true},
		"a domain that only ends like it":         {oidc.Allow{Domains: []string{"x.example"}}, mail("al@evil-x.example", true), false},
		"a domain below it":                       {oidc.Allow{Domains: []string{"x.example"}}, mail("al@a.x.example", true), false},
		"two at signs":                            {oidc.Allow{Domains: []string{"x.example"}}, mail("al@x.example@evil.example", true), false},
		"a group on the list":                     {oidc.Allow{Groups: []string{"staff"}}, map[string]any{"groups": []string{"a", "staff"}}, true},
		"one group in text":                       {oidc.Allow{Groups: []string{"staff"}}, map[string]any{"groups": "staff"}, true},
		"groups under another claim":              {oidc.Allow{Groups: []string{"staff"}, GroupsClaim: "roles"}, map[string]any{"roles": []string{"staff"}}, true},
		"groups that cannot be read":              {oidc.Allow{Groups: []string{"staff"}}, map[string]any{"groups": map[string]any{"staff": true}}, false},
		"an empty domain":                         {oidc.Allow{Domains: []string{""}}, map[string]any{"email_verified": true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.claims = tt.claims
			config := configOf(p)
			config.Allow = tt.allow
			away := oidc.New(config).Away
			_, err := away.Finish(t.Context(), trip, p.visit(t, away, trip))
			if got := err == nil; got != tt.want {
				t.Errorf("admitted = %v (%v), want %v", got, err, tt.want)
			}
			if err != nil && !errors.Is(err, fault.Denied) {
				t.Errorf("err = %v, want denied", err)
			}
		})
	}
}

func TestDiscovery(t *testing.T) {
	p := newProvider(t)
	config := configOf(p)
	away := oidc.New(config).Away
	if p.discovered != 0 {
		t.Error("a provider is called before anybody logs in")
	}
	for range 3 {
		p.visit(t, away, trip)
	}
	if p.discovered != 1 {
		t.Errorf("discovered %d times, want once", p.discovered)
	}

	fresh := trip
	fresh.Prompt = "select_account"
	if to, err := away.Start(t.Context(), fresh); err != nil || !strings.Contains(to, "prompt=select_account") {
		t.Errorf("Start = %q, %v; want the prompt in it", to, err)
	}

	q := p.visit(t, away, trip)
	p.Close()
	if _, err := away.Finish(t.Context(), trip, q); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Finish without a provider = %v, want unavailable", err)
	}
	if _, err := oidc.New(config).Away.Start(t.Context(), trip); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Start without a provider = %v, want unavailable", err)
	}
}

// silent is a provider that takes requests and does not answer.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAProviderThatDoesNotAnswerHasNoQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 10 * time.Second
		away := oidc.New(oidc.Config{
			ID: "corp", Label: "Example Corp", Issuer: "https://id.example", ClientID: "gatehouse",
			HTTP: &http.Client{Transport: silent{}, Timeout: patience},
		}).Away
		began := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := away.Start(t.Context(), trip); !errors.Is(err, fault.Unavailable) {
					t.Errorf("Start = %v, want unavailable", err)
				}
			})
		}
		wg.Wait()
		if waited := time.Since(began); waited > patience {
			t.Errorf("five people waited %v, want %v", waited, patience)
		}
	})
}
