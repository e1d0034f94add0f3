package guard

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
	"gatehouse/store/mem"
)

const issuer = "https://mcp.example"

// counting is a store that counts what it is asked, and can fail.
type counting struct {
	mem.KV
	gets atomic.Int32
	err  error
	seen func() // called while a Get is under way
}

func (c *counting) Get(ctx context.Context, key string) (store.Item, error) {
	c.gets.Add(1)
	if c.err != nil {
		return store.Item{}, c.err
	}
	item, err := c.KV.Get(ctx, key)
	if c.seen != nil {
		c.seen()
	}
	return item, err
}

func (c *counting) Scan(ctx context.Context, prefix string) iter.Seq2[store.Item, error] {
	return c.KV.Scan(ctx, prefix)
}

func newGuard() (*Guard, *counting) {
	kv := new(counting)
	return &Guard{
		Issuer: issuer, Resource: issuer + "/mcp", Root: issuer,
		Metadata: issuer + "/.well-known/oauth-protected-resource/mcp",
		Scopes:   []string{"math"},
		Tokens: &Tokens{
			Grants: store.NewTable(kv, "grants", func(g oauth.Grant) time.Time { return g.Ends() }),
			Now:    time.Now,
		},
	}, kv
}

// issue stores a grant with one access token.
func issue(t testing.TB, g *Guard, kind oauth.Kind, edits ...func(*oauth.Grant)) string {
	t.Helper()
	id := oauth.NewGrantID(0)
	token := oauth.NewToken(kind, id)
	end := time.Now().Add(time.Hour)
	grant := oauth.Grant{
		ID: id, Subject: "dev:alice", Name: "Alice", ClientID: "app", Client: "An app", Issuer: issuer,
		Resource: issuer + "/mcp", Scopes: []string{"math", "whoami"}, Expires: end.Add(time.Hour),
		Access: []oauth.AccessState{{Hash: oauth.HashToken(token), Scopes: []string{"math"}, Expires: end}},
	}
	for _, edit := range edits {
		edit(&grant)
	}
	if err := g.Tokens.Grants.Insert(t.Context(), id, grant); err != nil {
		t.Fatal(err)
	}
	return token
}

func request(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func TestAuthenticate(t *testing.T) {
	g, _ := newGuard()
	token := issue(t, g, oauth.AccessToken)
	for range 2 { // from the store, then from the cache
		p, err := g.Authenticate(request(token))
		if err != nil {
			t.Fatal(err)
		}
		if p.Subject != "dev:alice" || p.Name != "Alice" || p.ClientID != "app" || p.Client != "An app" ||
			p.Grant == "" || p.Resource != issuer+"/mcp" || len(p.Scopes) != 1 || !p.Has("math") || p.Expires.IsZero() {
			t.Errorf("principal = %+v", p)
		}
	}
}

func TestAccepts(t *testing.T) {
	tests := []struct {
		name  string
		kind  oauth.Kind
		edit  func(*oauth.Grant)
		alter func(*http.Request)
	}{
		{"a token of the root", oauth.AccessToken, func(g *oauth.Grant) { g.Resource = issuer }, nil},
		{"a personal access token", oauth.PersonalToken, nil, nil},
		{"the scheme in other letters", oauth.AccessToken, nil, func(r *http.Request) {
			r.Header.Set("Authorization", "bEARER"+r.Header.Get("Authorization")[6:])
		}},
		{"a query of its own", oauth.AccessToken, nil, func(r *http.Request) { r.URL.RawQuery = "sessionId=1" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, _ := newGuard()
			r := request(issue(t, g, tt.kind, func(gr *oauth.Grant) {
				if tt.edit != nil {
					tt.edit(gr)
				}
			}))
			if tt.alter != nil {
				tt.alter(r)
			}
			if _, err := g.Authenticate(r); err != nil {
				t.Error(err)
			}
		})
	}
}

const (
	begin   = `Bearer resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp", scope="math"`
	invalid = begin + `, error="invalid_token"`
)

func TestRefuses(t *testing.T) {
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	edit := func(*oauth.Grant) {}
	tests := []struct {
		name      string
		edit      func(*oauth.Grant)
		alter     func(*http.Request)
		status    int
		challenge string // its beginning
	}{
		{"no token", edit, func(r *http.Request) { r.Header.Del("Authorization") }, 401, begin},
		{"another scheme", edit, set("Authorization", "Basic YTpi"), 401, begin},
		{"the scheme alone", edit, set("Authorization", "Bearer"), 401, begin},
		{"an empty token", edit, set("Authorization", "Bearer "), 401, invalid},
		{"what is no token", edit, set("Authorization", "Bearer x"), 401, invalid},
		{"a token of an unknown grant", edit, set("Authorization", "Bearer "+oauth.NewToken(oauth.AccessToken, oauth.NewGrantID(0))), 401, invalid},
		{"a token with more behind it", edit, func(r *http.Request) { r.Header["Authorization"][0] += " x" }, 401, invalid},
		{"another audience", func(g *oauth.Grant) { g.Resource = issuer + "/sse" }, nil, 401, invalid},
		{"an audience that only begins alike", func(g *oauth.Grant) { g.Resource = issuer + "/mcp/x" }, nil, 401, invalid},
		{"another issuer", func(g *oauth.Grant) { g.Issuer = "https://other.example" }, nil, 401, invalid},
		{"expired", func(g *oauth.Grant) { g.Access[0].Expires = time.Now().Add(-time.Second) }, nil, 401, invalid},
		{"a grant that expired", func(g *oauth.Grant) { g.Expires = time.Now().Add(-time.Second) }, nil, 401, invalid},
		{"revoked", func(g *oauth.Grant) { g.Revoked = time.Now() }, nil, 401, invalid},
		{"two headers", edit, func(r *http.Request) {
			r.Header["Authorization"] = append(r.Header["Authorization"], r.Header["Authorization"][0])
		}, 400, ""},
		{"a token in the address", edit, func(r *http.Request) { r.URL.RawQuery = "access_token=x" }, 400, ""},
		{"a token in the address, encoded", edit, func(r *http.Request) { r.URL.RawQuery = "access%5Ftoken=x" }, 400, ""},
		{"a token in a form", edit, func(r *http.Request) {
			*r = *httptest.NewRequest("POST", "/mcp", strings.NewReader("a=b&access_token=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}, 400, ""},
		{"a form without a token", edit, func(r *http.Request) {
			*r = *httptest.NewRequest("POST", "/mcp", strings.NewReader("a=b"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}, 401, begin},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, _ := newGuard()
			r := request(issue(t, g, oauth.AccessToken, tt.edit))
			if tt.alter != nil {
				tt.alter(r)
			}
			p, err := g.Authenticate(r)
			if err == nil {
				t.Fatalf("principal = %+v", p)
			}
			w := httptest.NewRecorder()
			g.Render(w, r, err)
			got := w.Header().Get("WWW-Authenticate")
			if w.Code != tt.status || !strings.HasPrefix(got, tt.challenge) || (tt.challenge == "") != (got == "") {
				t.Errorf("answer = %d %q, want %d %q", w.Code, got, tt.status, tt.challenge)
			}
			if tt.challenge == begin && strings.Contains(got, "error") {
				t.Errorf("challenge without a token = %q", got)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control = %q", w.Header().Get("Cache-Control"))
			}
		})
	}
}

// A code or refresh token is none of an access token, even of a grant in
// which it would be found.
func TestOtherKinds(t *testing.T) {
	for _, kind := range []oauth.Kind{oauth.RefreshToken, oauth.Code} {
		g, kv := newGuard()
		if p, err := g.Authenticate(request(issue(t, g, kind))); err == nil || kv.gets.Load() != 0 {
			t.Errorf("%s: principal = %+v after %d reads", kind, p, kv.gets.Load())
		}
	}
}

func TestInsufficientScope(t *testing.T) {
	g, _ := newGuard()
	w := httptest.NewRecorder()
	g.Render(w, request(""), fmt.Errorf("call add: %w", &identity.ScopeError{Need: []string{"math", "math:write"}}))
	want := `Bearer resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp", scope="math math:write", ` +
		`error="insufficient_scope", error_description="The call needs these scopes: math math:write."`
	if got := w.Header().Get("WWW-Authenticate"); w.Code != 403 || got != want {
		t.Errorf("answer = %d %q", w.Code, got)
	}
}

func TestStoreDownLetsNobodyIn(t *testing.T) {
	g, kv := newGuard()
	r := request(issue(t, g, oauth.AccessToken))
	kv.err = errors.New("disk on fire")
	_, err := g.Authenticate(r)
	w := httptest.NewRecorder()
	g.Render(w, r, err)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("answer = %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestDisabledPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGuard()
		disabled, broken := false, error(nil)
		g.Tokens.Disabled = func(_ context.Context, subject string) (bool, error) {
			return disabled && subject == "dev:alice", broken
		}
		r := request(issue(t, g, oauth.AccessToken))
		if _, err := g.Authenticate(r); err != nil {
			t.Fatal(err)
		}
		disabled = true
		time.Sleep(DefaultMaxAge)
		if _, err := g.Authenticate(r); !errors.Is(err, errInvalid) {
			t.Errorf("disabled = %v", err)
		}
		disabled, broken = false, errors.New("accounts are gone")
		if _, err := g.Authenticate(r); !errors.Is(err, fault.Unavailable) {
			t.Errorf("not known whether disabled = %v", err)
		}
	})
}

func TestDisabledIsNotAskedAboutClients(t *testing.T) {
	g, _ := newGuard()
	g.Tokens.Disabled = func(context.Context, string) (bool, error) { return true, nil }
	token := issue(t, g, oauth.AccessToken, func(gr *oauth.Grant) { gr.Subject = oauth.ClientSubject("job") })
	if _, err := g.Authenticate(request(token)); err != nil {
		t.Error(err)
	}
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, kv := newGuard()
		r := request(issue(t, g, oauth.AccessToken))
		for i, want := range []int32{1, 1, 2} {
			if _, err := g.Authenticate(r); err != nil || kv.gets.Load() != want {
				t.Errorf("request %d: %v after %d reads, want %d", i, err, kv.gets.Load(), want)
			}
			if i == 1 {
				time.Sleep(DefaultMaxAge)
			}
		}
	})
}

func TestCacheDoesNotOutliveTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGuard()
		r := request(issue(t, g, oauth.AccessToken, func(gr *oauth.Grant) { gr.Access[0].Expires = time.Now().Add(time.Second) }))
		if _, err := g.Authenticate(r); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, err := g.Authenticate(r); !errors.Is(err, errInvalid) {
			t.Errorf("after its end = %v", err)
		}
	})
}

func revoke(t *testing.T, g *Guard, token string) {
	_, id, _ := oauth.ParseToken(token)
	_, err := g.Tokens.Grants.Update(t.Context(), id, func(gr *oauth.Grant) error {
		gr.Revoke(time.Now())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Tokens.Forget(id)
}

func TestRevocationIsSeenAtOnce(t *testing.T) {
	g, _ := newGuard()
	token, other := issue(t, g, oauth.AccessToken), issue(t, g, oauth.AccessToken)
	for _, tok := range []string{token, other} {
		if _, err := g.Authenticate(request(tok)); err != nil {
			t.Fatal(err)
		}
	}
	revoke(t, g, token)
	if _, err := g.Authenticate(request(token)); !errors.Is(err, errInvalid) {
		t.Errorf("the revoked one = %v", err)
	}
	if _, err := g.Authenticate(request(other)); err != nil {
		t.Errorf("another one = %v", err)
	}
}

func TestRevocationWhileTheStoreIsRead(t *testing.T) {
	g, kv := newGuard()
	token := issue(t, g, oauth.AccessToken)
	kv.seen = func() {
		kv.seen = nil
		revoke(t, g, token)
	}
	g.Authenticate(request(token)) // began before the revocation: either answer is right
	if _, err := g.Authenticate(request(token)); !errors.Is(err, errInvalid) {
		t.Errorf("the next request = %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	g, _ := newGuard()
	g.Tokens.MaxSize = 3
	for range 10 {
		if _, err := g.Authenticate(request(issue(t, g, oauth.AccessToken))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(g.Tokens.known); n != 3 {
		t.Errorf("%d tokens are kept, want 3", n)
	}
}

func TestCachedRequestAllocatesLittle(t *testing.T) {
	g, _ := newGuard()
	r := request(issue(t, g, oauth.AccessToken))
	if got := testing.AllocsPerRun(100, func() {
		if _, err := g.Authenticate(r); err != nil {
			t.Fatal(err)
		}
	}); got > 2 {
		t.Errorf("%v allocations, want at most 2", got)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	g, _ := newGuard()
	r := request(issue(b, g, oauth.AccessToken))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzBearer(f *testing.F) {
	f.Add("Bearer x", "a=b")
	f.Fuzz(func(t *testing.T, header, query string) {
		g, _ := newGuard()
		r := request("")
		r.Header["Authorization"] = []string{header}
		r.URL.RawQuery = query
		if p, err := g.Authenticate(r); err == nil {
			t.Errorf("principal = %+v", p)
		}
	})
}
