package authorize_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
	"gatehouse/store/mem"
)

// strict lets alice in by her password.
type strict struct{}

func (strict) Verify(_ context.Context, name, password, address string) (login.Person, error) {
	switch {
	case address != "192.0.2.1":
		return login.Person{}, fault.New(fault.Internal, "the address is %s", address)
	case name == "often":
		return login.Person{}, fault.New(fault.TooMany, "Wait a minute, then try again.")
	case name == "broken":
		return login.Person{}, fault.Wrap(fault.Internal, fault.Internal, "The accounts cannot be read.")
	case name != "alice" || password != "right":
		return login.Person{}, fault.New(fault.Denied, "Check the name and the password.")
	}
	return login.Person{Subject: "user:1", Name: "Alice"}, nil
}

func TestLoginForm(t *testing.T) {
	for name, tt := range map[string]struct {
		name, password string
		status         int
		words          string
	}{
		"a wrong password":  {"alice", "wrong", http.StatusForbidden, "Check the name and the password."},
		"a wrong name":      {"eve", "right", http.StatusForbidden, "Check the name and the password."},
		"too many attempts": {"often", "right", http.StatusTooManyRequests, "Wait a minute"},
		"a defect":          {"broken", "right", http.StatusInternalServerError, "The accounts cannot be read."},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.Providers = []login.Provider{{ID: "password", Label: "Password", Form: strict{}}}
			b := h.browser(t)
			first := b.follow(b.get("/authorize?" + asked().Encode()))
			p := b.post(first.action(t), url.Values{"name": {tt.name}, "password": {tt.password}})
			if p.StatusCode != tt.status || !strings.Contains(p.body, tt.words) {
				t.Errorf("got %d, want %d and %q; body:\n%s", p.StatusCode, tt.status, tt.words, p.body)
			}
			if strings.Contains(p.body, `value="`+tt.password+`"`) {
				t.Error("the page carries the password")
			}
			if b.cookies["__Host-gatehouse-session"] != "" {
				t.Error("there is a session")
			}
		})
	}
	t.Run("a hint is in the form", func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		p := b.follow(b.get("/authorize?" + asked("login_hint", `al"ice`).Encode()))
		if !strings.Contains(p.body, `value="al&#34;ice"`) {
			t.Errorf("want the hint, got:\n%s", p.body)
		}
	})
	t.Run("a form that is too large", func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		p := b.follow(b.get("/authorize?" + asked().Encode()))
		b.post(p.action(t), url.Values{"name": {strings.Repeat("x", 20000)}}).stays(t, http.StatusRequestEntityTooLarge)
	})
	t.Run("a provider that is not there", func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		p := b.follow(b.get("/authorize?" + asked().Encode()))
		b.post(p.action(t)+"x", nil).stays(t, http.StatusNotFound)
		b.get(p.action(t)).stays(t, http.StatusNotFound) // it is a form
	})
}

func TestSessionIsNotFixed(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	planted := login.NewSecret()
	b.cookies["__Host-gatehouse-session"] = planted
	b.toConsent(asked())
	first := b.cookies["__Host-gatehouse-session"]
	if first == planted || first == "" {
		t.Error("the login took the secret that was planted")
	}
	p := b.follow(b.get("/authorize?" + asked("prompt", "login").Encode()))
	b.logIn(p, "bob")
	if b.cookies["__Host-gatehouse-session"] == first {
		t.Error("a new login kept the old secret")
	}
}

// elsewhere is a provider whose people come back as they say.
type elsewhere struct{ trips *[]login.Trip }

func (e elsewhere) Start(_ context.Context, trip login.Trip) (string, error) {
	*e.trips = append(*e.trips, trip)
	return "https://idp.example/?" + url.Values{"state": {trip.State}}.Encode(), nil
}

func (e elsewhere) Finish(_ context.Context, trip login.Trip, query url.Values) (login.Person, error) {
	*e.trips = append(*e.trips, trip)
	if query.Get("error") != "" {
		return login.Person{}, fault.New(fault.Denied, "They did not let you in.")
	}
	return login.Person{Subject: "away:1", Name: query.Get("as")}, nil
}

// newTerminal is a house with two providers elsewhere.
func newTerminal(t *testing.T) (*house, *[]login.Trip) {
	t.Helper()
	h := newHouse(t)
	trips := new([]login.Trip)
	h.Providers = []login.Provider{
		{ID: "one", Label: "One", Away: elsewhere{trips}},
		{ID: "two", Label: "Two", Away: elsewhere{trips}},
	}
	return h, trips
}

// depart leaves for a provider, and returns the state that it goes with.
func (b *browser) depart(provider string) string {
	b.t.Helper()
	p := b.get("/authorize?" + asked().Encode())
	away := b.get(p.Header.Get("Location") + "/login/" + provider)
	u, err := url.Parse(away.Header.Get("Location"))
	if err != nil || u.Host != "idp.example" || away.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("got %d to %q, want 303 to the provider", away.StatusCode, away.Header.Get("Location"))
	}
	return u.Query().Get("state")
}

func TestLoginElsewhere(t *testing.T) {
	h, trips := newTerminal(t)
	b := h.browser(t)
	back := "/login/callback/one?as=Alice&state=" + b.depart("one")
	consent := b.follow(b.get(back))
	if !strings.Contains(consent.body, "<strong>Alice</strong>") {
		t.Fatalf("want the consent page for Alice, got:\n%s", consent.body)
	}
	if out, in := (*trips)[0], (*trips)[1]; out != in || out.Nonce == "" || out.Verifier == "" || out.Callback != issuer+"/login/callback/one" {
		t.Errorf("left as %+v, came back as %+v", out, in)
	}
	b.get(back).stays(t, http.StatusBadRequest) // a state is good once
	b.decide(consent, "approve").answer(t, redirect)
}

func TestLoginElsewhereGoesWrong(t *testing.T) {
	t.Run("the provider refuses, and the page says so", func(t *testing.T) {
		h, _ := newTerminal(t)
		b := h.browser(t)
		p := b.get("/login/callback/one?error=access_denied&state=" + b.depart("one"))
		if p.StatusCode != http.StatusForbidden || !strings.Contains(p.body, "They did not let you in.") || !strings.Contains(p.body, "Continue with One") {
			t.Errorf("got %d:\n%s", p.StatusCode, p.body)
		}
	})
	t.Run("another provider answers", func(t *testing.T) {
		h, _ := newTerminal(t)
		b := h.browser(t)
		b.get("/login/callback/two?as=Alice&state="+b.depart("one")).stays(t, http.StatusBadRequest)
	})
	t.Run("the browser is another", func(t *testing.T) {
		h, _ := newTerminal(t)
		eve, alice := h.browser(t), h.browser(t)
		state := eve.depart("one")
		alice.depart("one")
		alice.get("/login/callback/one?as=Eve&state="+state).stays(t, http.StatusForbidden)
		if alice.cookies["__Host-gatehouse-session"] != "" {
			t.Error("somebody was logged in as somebody else")
		}
	})
	t.Run("the state is missing, or made up", func(t *testing.T) {
		h, _ := newTerminal(t)
		b := h.browser(t)
		b.depart("one")
		b.get("/login/callback/one?as=Alice").stays(t, http.StatusBadRequest)
		b.get("/login/callback/one?as=Alice&state="+login.NewSecret()).stays(t, http.StatusBadRequest)
		b.get("/login/callback/none?state=x").stays(t, http.StatusNotFound)
	})
	t.Run("the provider is asked for another account", func(t *testing.T) {
		h, trips := newTerminal(t)
		b := h.browser(t)
		consent := b.follow(b.get("/login/callback/one?as=Alice&state=" + b.depart("one")))
		step := strings.TrimSuffix(consent.action(t), "/consent")
		b.follow(b.post(step+"/switch", nil))
		b.get(step + "/login/one")
		if got := (*trips)[2].Prompt; got != "select_account" {
			t.Errorf("prompt = %q", got)
		}
	})
}

func TestCookies(t *testing.T) {
	for name, tt := range map[string]struct {
		issuer, cookie string
		secure         bool
	}{
		"with TLS they are bound to the host": {issuer, "__Host-gatehouse-browser", true},
		"without, to the port":                {"http://localhost:8787", "gatehouse-browser-8787", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouseAt(t, tt.issuer, new(mem.KV))
			p := h.browser(t).get("/authorize?" + asked("resource", "").Encode())
			cookies := p.Cookies()
			if len(cookies) != 1 {
				t.Fatalf("cookies = %v, want one", cookies)
			}
			c := cookies[0]
			if c.Name != tt.cookie || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 {
				t.Errorf("cookie = %s", c.Raw)
			}
		})
	}
}
