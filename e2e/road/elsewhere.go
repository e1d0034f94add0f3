package road

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"gatehouse/e2e/person"
)

// Depart has somebody go to a provider elsewhere and back to the door of the
// site, but not through it.
func (w Way) Depart(ctx context.Context, who *person.Person) (back *url.URL, err error) {
	away, err := who.Follow(ctx, w.Start())
	if err != nil {
		return nil, err
	}
	return who.Follow(ctx, away.String())
}

// Elsewhere has somebody log in at the provider behind a link with these
// words, and approve.
func (s Site) Elsewhere(t testing.TB, link string) (Tokens, error) {
	t.Helper()
	who, w := s.Person(""), s.Way(s.Registered(t), "math whoami")
	who.Link = link
	back, err := w.Depart(t.Context(), who)
	if err != nil {
		return Tokens{}, err
	}
	away, err := who.Follow(t.Context(), back.String())
	if err != nil {
		return Tokens{}, err
	}
	return w.Finish(t, away), nil
}

// WantCaller makes sure that the token is good, and whose it is.
func (s Site) WantCaller(t testing.TB, token, name string) {
	t.Helper()
	if r := s.Call(t, token, "whoami", `{}`); !r.Has(http.StatusOK, `"structuredContent":{"name":"`+name+`"`) {
		t.Errorf("whoami = %v, want %s", r, name)
	}
}

// Refuses reports whether the token is no longer good.
func (s Site) Refuses(t testing.TB, token string) bool {
	t.Helper()
	return s.Call(t, token, "whoami", `{}`).Status == http.StatusUnauthorized
}
