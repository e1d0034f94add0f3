package trial

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gatehouse/e2e/person"
	"gatehouse/e2e/provider"
	"gatehouse/e2e/road"
)

// OpenIDConfig is the configuration of a site for [OpenIDConnect]. The secret
// is the way to it.
func OpenIDConfig(one, two *provider.OpenID, secret string) string {
	return fmt.Sprintf(`
login:
  oidc:
    - {id: one, name: One, issuer: "%s", client_id: %s, client_secret: "%s", domains: [example.com]}
    - {id: two, name: Two, issuer: "%s", client_id: %s, client_secret: "%s"}
`, one.URL, provider.ClientID, secret, two.URL, provider.ClientID, secret)
}

var grace = provider.Member{Subject: "g1", Name: "Grace", Email: "grace@example.com", Verified: true}

// OpenIDConnect logs in at two providers, of which the site has reached
// neither so far.
func OpenIDConnect(t *testing.T, s road.Site, one, two *provider.OpenID) {
	two.Open(t)
	one.Set(grace)
	two.Set(provider.Member{Subject: "h1", Name: "Heidi"})

	t.Run("a provider that is down is said on the page, and the other one works", func(t *testing.T) {
		who := s.Person("")
		who.Link = "Continue with One"
		_, err := who.Follow(t.Context(), s.Way(s.Registered(t), "math").Start())
		wantError(t, err, "503", "One cannot be reached at the moment. Try again, or log in another way.", "Continue with Two")
		wantLogin(t, s, "Continue with Two", "Heidi")
	})

	shut := one.Open(t)
	t.Run("it works as soon as it is back", func(t *testing.T) { wantLogin(t, s, "Continue with One", "Grace") })

	t.Run("somebody of another domain, or with an address that was not verified, stays out", func(t *testing.T) {
		for _, who := range []provider.Member{
			{Subject: "m1", Name: "Mallory", Email: "mallory@example.org", Verified: true},
			{Subject: "m2", Name: "Mallory", Email: "mallory@example.com"},
			{Subject: "m3", Name: "Mallory", Email: "mallory@sub.example.com", Verified: true},
			{Subject: "m4", Name: "Mallory"},
		} {
			one.Set(who)
			_, err := s.Elsewhere(t, "Continue with One")
			wantError(t, err, "403", "Your account at One may not log in here.")
		}
		one.Set(grace)
	})

	t.Run("an answer for another login is refused", func(t *testing.T) {
		one.Answer("another")
		defer one.Answer("")
		_, err := s.Elsewhere(t, "Continue with One")
		wantError(t, err, "403", "belongs to another login")
	})

	t.Run("what one browser brought back is worth nothing in another, at another provider or twice", func(t *testing.T) {
		wantStrict(t, s)
	})

	t.Run("one that goes down in the middle is said on the page, too", func(t *testing.T) {
		who := s.Person("")
		who.Link = "Continue with One"
		back := depart(t, who, s.Way(s.Registered(t), "math"))
		shut()
		_, err := who.Follow(t.Context(), back.String())
		wantError(t, err, "503", "One cannot be reached at the moment.")
		one.Open(t)
		wantLogin(t, s, "Continue with One", "Grace")
	})
}

func wantStrict(t *testing.T, s road.Site) {
	t.Helper()
	mallory := s.Person("")
	mallory.Link = "Continue with One"
	w := s.Way(s.Registered(t), "math")

	_, err := s.Person("").Follow(t.Context(), depart(t, mallory, w).String())
	wantError(t, err, "another browser")

	swapped := depart(t, mallory, w)
	swapped.Path = "/login/callback/two"
	_, err = mallory.Follow(t.Context(), swapped.String())
	wantError(t, err, " 4")

	back := depart(t, mallory, w)
	if _, err := mallory.Follow(t.Context(), back.String()); err != nil {
		t.Error(err)
	}
	_, err = mallory.Follow(t.Context(), back.String())
	wantError(t, err, " 4")

	invented := *back
	invented.RawQuery = "code=c&state=" + strings.Repeat("s", 43)
	_, err = mallory.Follow(t.Context(), invented.String())
	wantError(t, err, " 4")
}

// GitHubConfig is the configuration of a site for [GitHub]. The secret is the
// way to it.
func GitHubConfig(hub *provider.GitHub, secret string) string {
	return fmt.Sprintf(`
login:
  github: {client_id: %s, client_secret: "%s", users: [Octocat], orgs: [acme], url: "%s", api: "%s/api/v3"}
`, provider.ClientID, secret, hub.URL, hub.URL)
}

// GitHub logs in at GitHub.
func GitHub(t *testing.T, s road.Site, hub *provider.GitHub) {
	const link = "Continue with GitHub"
	for _, name := range []string{"octocat", "olga"} {
		t.Run(name+" may come in", func(t *testing.T) {
			hub.Set(provider.Member{Name: name})
			wantLogin(t, s, link, name)
		})
	}
	t.Run("somebody else may not", func(t *testing.T) {
		hub.Set(provider.Member{Name: "mallory"})
		_, err := s.Elsewhere(t, link)
		wantError(t, err, "403", "Your GitHub account may not log in here.")
	})
}

func depart(t *testing.T, who *person.Person, w road.Way) *url.URL {
	t.Helper()
	back, err := w.Depart(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func wantLogin(t *testing.T, s road.Site, link, name string) {
	t.Helper()
	got, err := s.Elsewhere(t, link)
	if err != nil {
		t.Fatal(err)
	}
	s.WantCaller(t, got.Access, name)
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the failure does not say %q: %v", w, err)
		}
	}
}
