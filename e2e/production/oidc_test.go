package production

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gatehouse/e2e/person"
)

// depart goes to a provider elsewhere and back to our door, but not through
// it.
func depart(t *testing.T, who *person.Person, start string) (back *url.URL) {
	t.Helper()
	away, err := who.Follow(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	if back, err = who.Follow(t.Context(), away.String()); err != nil {
		t.Fatal(err)
	}
	return back
}

// elsewhere has somebody log in at a provider, and approve.
func (s site) elsewhere(t *testing.T, link string) (tokens, error) {
	t.Helper()
	who, r := s.person(""), s.road(s.register(t))
	who.Link = link
	away, err := who.Follow(t.Context(), depart(t, who, r.start()).String())
	if err != nil {
		return tokens{}, err
	}
	return r.redeem(t, away), nil
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the failure does not say %q: %v", w, err)
		}
	}
}

var grace = member{subject: "g1", name: "Grace", email: "grace@example.com", verified: true}

func TestOpenIDConnect(t *testing.T) {
	t.Parallel()
	one, two := newProvider(t), newProvider(t)
	p := newPlace(t, "http")
	p.configure(t, fmt.Sprintf(`
login:
  oidc:
    - {id: one, name: One, issuer: "%s", client_id: %s, client_secret: "${file:%s}", domains: [example.com]}
    - {id: two, name: Two, issuer: "%s", client_id: %s, client_secret: "${file:%s}"}
`, one.url, clientID, p.write(t, "one", clientSecret+"\n"), two.url, clientID, p.write(t, "two", clientSecret)))
	p.start(t) // before either provider can be reached
	two.open(t)
	one.set(grace)
	two.set(member{subject: "h1", name: "Heidi"})

	t.Run("a provider that is down is said on the page, and the other one works", func(t *testing.T) {
		who := p.person("")
		who.Link = "Continue with One"
		_, err := who.Follow(t.Context(), p.road(p.register(t)).start())
		wantError(t, err, "503", "One cannot be reached at the moment. Try again, or log in another way.", "Continue with Two")
		got, err := p.elsewhere(t, "Continue with Two")
		if err != nil {
			t.Fatal(err)
		}
		p.wantCaller(t, got.Access, "Heidi")
	})

	shut := one.open(t)
	t.Run("it works as soon as it is back", func(t *testing.T) {
		got, err := p.elsewhere(t, "Continue with One")
		if err != nil {
			t.Fatal(err)
		}
		p.wantCaller(t, got.Access, "Grace")
		p.wantRecord(t, `"subject":"oidc:one:g1"`)
	})

	t.Run("somebody of another domain, or with an address that was not verified, stays out", func(t *testing.T) {
		for _, who := range []member{
			{"m1", "Mallory", "mallory@example.org", true},
			{"m2", "Mallory", "mallory@example.com", false},
			{"m3", "Mallory", "mallory@sub.example.com", true},
			{"m4", "Mallory", "", false},
		} {
			one.set(who)
			_, err := p.elsewhere(t, "Continue with One")
			wantError(t, err, "403", "Your account at One may not log in here.")
		}
		one.set(grace)
	})

	t.Run("an answer for another login is refused", func(t *testing.T) {
		one.mu.Lock()
		one.nonce = "another"
		one.mu.Unlock()
		_, err := p.elsewhere(t, "Continue with One")
		wantError(t, err, "403", "belongs to another login")
		one.mu.Lock()
		one.nonce = ""
		one.mu.Unlock()
	})

	t.Run("what one browser brought back is worth nothing in another, at another provider or twice", func(t *testing.T) {
		p.wantStrict(t)
	})

	t.Run("one that goes down in the middle is said on the page, too", func(t *testing.T) {
		who := p.person("")
		who.Link = "Continue with One"
		back := depart(t, who, p.road(p.register(t)).start())
		shut()
		_, err := who.Follow(t.Context(), back.String())
		wantError(t, err, "503", "One cannot be reached at the moment.")
		one.open(t)
		if _, err := p.elsewhere(t, "Continue with One"); err != nil {
			t.Error(err)
		}
	})
}

func (p *place) wantStrict(t *testing.T) {
	t.Helper()
	mallory := p.person("")
	mallory.Link = "Continue with One"
	start := p.road(p.register(t)).start()

	_, err := p.person("").Follow(t.Context(), depart(t, mallory, start).String())
	wantError(t, err, "another browser")

	swapped := depart(t, mallory, start)
	swapped.Path = "/login/callback/two"
	_, err = mallory.Follow(t.Context(), swapped.String())
	wantError(t, err, " 4")

	back := depart(t, mallory, start)
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
