package authorize_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store/mem"
)

func TestHandleIsUsedOnce(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	consent := b.toConsent(asked())
	b.decide(consent, "approve").answer(t, redirect)
	b.decide(consent, "approve").stays(t, http.StatusBadRequest)
	b.decide(consent, "deny").stays(t, http.StatusBadRequest)
	b.get(strings.TrimSuffix(consent.action(t), "/consent")).stays(t, http.StatusBadRequest)
}

func TestManyDecisionsAtOnce(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	consent := b.toConsent(asked())
	form := url.Values{"decision": {"approve"}, "person": {consent.tag()}}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		codes int
	)
	for range 50 {
		other := h.browser(t)
		other.cookies = map[string]string{}
		for name, value := range b.cookies {
			other.cookies[name] = value
		}
		wg.Go(func() {
			p := other.post(consent.action(t), form)
			mu.Lock()
			defer mu.Unlock()
			if p.StatusCode == http.StatusSeeOther {
				codes++
			}
		})
	}
	wg.Wait()
	if codes != 1 {
		t.Errorf("%d of 50 decisions were answered with a code, want 1", codes)
	}
}

func TestAnotherBrowser(t *testing.T) {
	h := newHouse(t)
	alice, eve := h.browser(t), h.browser(t)
	consent := alice.toConsent(asked())
	step := strings.TrimSuffix(consent.action(t), "/consent")

	eve.get(step).stays(t, http.StatusForbidden)
	eve.post(step+"/login/dev", url.Values{"name": {"eve"}}).stays(t, http.StatusForbidden)
	eve.post(step+"/switch", nil).stays(t, http.StatusForbidden)

	// With a request, and so a cookie, of her own it is the same.
	eve.toConsent(asked())
	eve.get(step).stays(t, http.StatusForbidden)
	eve.decide(consent, "approve").stays(t, http.StatusForbidden)

	// And alice can still go on.
	alice.decide(consent, "approve").answer(t, redirect)
}

func TestAnotherIssuer(t *testing.T) {
	kv := new(mem.KV)
	one, two := newHouseAt(t, issuer, kv), newHouseAt(t, "https://second.example", kv)
	b := one.browser(t)
	consent := b.toConsent(asked())
	b.house = two
	b.get(strings.TrimSuffix(consent.action(t), "/consent")).stays(t, http.StatusBadRequest)
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		consent := b.toConsent(asked())
		time.Sleep(10*time.Minute - time.Second)
		again := b.get(strings.TrimSuffix(consent.action(t), "/consent"))
		if again.StatusCode != http.StatusOK {
			t.Errorf("a second before its end the request is answered with %d", again.StatusCode)
		}
		time.Sleep(time.Second)
		b.decide(consent, "approve").stays(t, http.StatusBadRequest)
	})
}

func TestLoginExpiresWhileSomebodyThinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		b.toConsent(asked())
		time.Sleep(12*time.Hour - time.Minute)
		consent := b.toConsent(asked())
		time.Sleep(time.Minute)
		p := b.follow(b.decide(consent, "approve"))
		if !strings.Contains(p.body, "<h1>Log in") {
			t.Fatalf("want the login page, got:\n%s", p.body)
		}
		b.decide(b.logIn(p, "alice"), "approve").answer(t, redirect)
	})
}

func TestTwoTabs(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	first := b.follow(b.get("/authorize?" + asked("state", "1").Encode()))
	second := b.follow(b.get("/authorize?" + asked("state", "2").Encode()))
	one, two := b.logIn(first, "alice"), b.logIn(second, "alice")

	if got := b.decide(two, "approve").answer(t, redirect); got.Get("state") != "2" || got.Get("code") == "" {
		t.Errorf("second tab = %v", got)
	}
	if got := b.decide(one, "approve").answer(t, redirect); got.Get("state") != "1" || got.Get("code") == "" {
		t.Errorf("first tab = %v", got)
	}
}

func TestThePersonOfThePageDecides(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	drawnForAlice := b.toConsent(asked())

	other := b.follow(b.get("/authorize?" + asked("prompt", "login").Encode()))
	b.logIn(other, "bob")

	p := b.follow(b.decide(drawnForAlice, "approve"))
	if !strings.Contains(p.body, "<strong>bob</strong>") {
		t.Errorf("want the page again, for bob; got:\n%s", p.body)
	}
}

func TestPrompt(t *testing.T) {
	for name, tt := range map[string]struct {
		changes []string
		login   bool
	}{
		"none of them goes on with the login that there is": {nil, false},
		"consent does not ask for a login":                  {[]string{"prompt", "consent"}, false},
		"login asks for one":                                {[]string{"prompt", "login"}, true},
		"login among others asks for one":                   {[]string{"prompt", "login consent"}, true},
		"select_account asks for one":                       {[]string{"prompt", "select_account"}, true},
		"an age that it has not reached":                    {[]string{"max_age", "100"}, false},
		"an age that it has reached":                        {[]string{"max_age", "10"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				b := h.browser(t)
				b.toConsent(asked())
				time.Sleep(time.Minute)
				p := b.follow(b.get("/authorize?" + asked(tt.changes...).Encode()))
				if got := strings.Contains(p.body, "<h1>Log in"); got != tt.login {
					t.Fatalf("asks for a login: %v, want %v", got, tt.login)
				}
				if tt.login {
					p = b.logIn(p, "alice")
				}
				b.decide(p, "approve").answer(t, redirect)
			})
		})
	}
	t.Run("none with a login still needs consent", func(t *testing.T) {
		h := newHouse(t)
		b := h.browser(t)
		b.decide(b.toConsent(asked()), "approve")
		got := b.get("/authorize?"+asked("prompt", "none").Encode()).answer(t, redirect)
		if got.Get("error") != oauth.ConsentRequired {
			t.Errorf("answer = %v, want consent_required although it was approved before", got)
		}
	})
}

func TestSwitch(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	step := strings.TrimSuffix(b.toConsent(asked()).action(t), "/consent")
	p := b.follow(b.post(step+"/switch", nil))
	if !strings.Contains(p.body, "<h1>Log in") {
		t.Fatalf("want the login page, got:\n%s", p.body)
	}
	code := b.decide(b.logIn(p, "bob"), "approve").answer(t, redirect).Get("code")
	_, id, _ := oauth.ParseToken(code)
	if g, err := h.grants.Get(t.Context(), id); err != nil || g.Subject != "dev:bob" {
		t.Errorf("grant = %+v, %v; want it to be bob's", g, err)
	}
}

func TestLogOut(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	b.toConsent(asked())
	kept := b.cookies["__Host-gatehouse-session"]
	if p := b.post("/logout", nil); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/logged-out" {
		t.Errorf("got %d to %q", p.StatusCode, p.Header.Get("Location"))
	}
	b.cookies["__Host-gatehouse-session"] = kept // as a thief would have it
	p := b.follow(b.get("/authorize?" + asked().Encode()))
	if !strings.Contains(p.body, "<h1>Log in") {
		t.Error("the session outlives the logout")
	}
}

func TestOtherSites(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	login := b.follow(b.get("/authorize?" + asked().Encode()))
	consent := b.logIn(login, "alice")
	step := strings.TrimSuffix(consent.action(t), "/consent")
	for _, site := range []string{"cross-site", "same-site"} {
		b.site = site
		b.decide(consent, "approve").stays(t, http.StatusForbidden)
		b.decide(consent, "deny").stays(t, http.StatusForbidden)
		b.post(login.action(t), url.Values{"name": {"eve"}}).stays(t, http.StatusForbidden)
		b.post(step+"/switch", nil).stays(t, http.StatusForbidden)
		b.post("/logout", nil).stays(t, http.StatusForbidden)
	}
	b.site = "same-origin"
	b.decide(consent, "approve").answer(t, redirect)
}

func TestBrowsersThatSayLess(t *testing.T) {
	for name, tt := range map[string]struct {
		site, origin string
		ok           bool
	}{
		"nothing at all":                    {"", "", true},
		"our origin":                        {"", "http://example.com", true}, // the host of httptest
		"no origin, as our pages have none": {"", "null", true},
		"no origin, and another site":       {"cross-site", "null", false},
		"another origin":                    {"", "https://evil.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := h.browser(t)
			consent := b.toConsent(asked())
			b.site, b.origin = tt.site, tt.origin
			p := b.decide(consent, "approve")
			if tt.ok {
				p.answer(t, redirect)
			} else {
				p.stays(t, http.StatusForbidden)
			}
		})
	}
}

func TestTheFormIsNotTrusted(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	consent := b.toConsent(asked())
	for _, decision := range []string{"", "Approve", "yes"} {
		b.decide(consent, decision).stays(t, http.StatusBadRequest)
	}
	got := b.post(consent.action(t)+"?client_id=evil&redirect_uri=https://evil.example/", url.Values{
		"decision":     {"approve"},
		"person":       {consent.tag()},
		"client_id":    {"evil"},
		"redirect_uri": {"https://evil.example/"},
		"scope":        {"math offline_access"},
		"state":        {"other"},
	}).answer(t, redirect)
	_, id, _ := oauth.ParseToken(got.Get("code"))
	g, err := h.grants.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if g.ClientID != "cli" || oauth.FormatScope(g.Scopes) != "math" || got.Get("state") != "s t/1&=" {
		t.Errorf("grant = %+v, state = %q; want those of the request", g, got.Get("state"))
	}

	// A decision in the URL is none.
	consent = b.toConsent(asked())
	b.post(consent.action(t)+"?decision=approve", url.Values{"person": {consent.tag()}}).stays(t, http.StatusBadRequest)
}

func TestTheClientChangesMeanwhile(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	consent := b.toConsent(asked())

	client := h.known["cli"]
	client.RedirectURIs = []string{"https://new.example/cb"}
	h.known["cli"] = client
	b.decide(consent, "approve").stays(t, http.StatusBadRequest)

	delete(h.known, "cli")
	b.decide(consent, "approve").stays(t, http.StatusBadRequest)
}

// full keeps no grant.
type full struct{ err error }

func (f full) Insert(context.Context, string, oauth.Grant) error { return f.err }

func TestTheStoreFails(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"for now":       {fault.Unavailable, oauth.TemporarilyUnavailable},
		"by our defect": {fault.Internal, oauth.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.Grants = full{tt.err}
			b := h.browser(t)
			got := b.decide(b.toConsent(asked()), "approve").answer(t, redirect)
			if got.Get("error") != tt.want || got.Has("code") || got.Get("state") == "" {
				t.Errorf("answer = %v, want %s with the state", got, tt.want)
			}
		})
	}
}
