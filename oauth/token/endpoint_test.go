package token

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// Every endpoint begins with the same steps.
func TestSharedChecks(t *testing.T) {
	good := url.Values{"client_id": {"app"}, "token": {"x"}, "grant_type": {"x"}}
	body := func(s string) func(*http.Request) {
		return func(r *http.Request) {
			*r = *httptest.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(s))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	tests := []struct {
		name   string
		edit   func(*http.Request)
		status int
		code   string
	}{
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 405, oauth.InvalidRequest},
		{"JSON", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400, oauth.InvalidRequest},
		{"no media type", func(r *http.Request) { r.Header.Del("Content-Type") }, 400, oauth.InvalidRequest},
		{"a media type that only begins like it", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencodedx")
		}, 400, oauth.InvalidRequest},
		{"a secret in the address", func(r *http.Request) { r.URL.RawQuery = "client_secret=s" }, 400, oauth.InvalidRequest},
		{"a token in the address", func(r *http.Request) { r.URL.RawQuery = "token=s" }, 400, oauth.InvalidRequest},
		{"a parameter twice", body("client_id=app&client_id=web&token=x&grant_type=x"), 400, oauth.InvalidRequest},
		{"a resource twice", body("client_id=app&resource=a&resource=b&token=x&grant_type=x"), 400, oauth.InvalidTarget},
		{"a broken escape", body("client_id=%zz"), 400, oauth.InvalidRequest},
		{"a body too large", body("a=" + strings.Repeat("a", maxForm)), 413, oauth.InvalidRequest},
		{"no client", body("token=x&grant_type=x"), 401, oauth.InvalidClient},
		{"an unknown client", body("client_id=nobody&token=x&grant_type=x"), 401, oauth.InvalidClient},
	}
	for _, tt := range tests {
		for _, path := range []string{"/token", "/revoke", "/introspect"} {
			t.Run(tt.name+" at "+path, func(t *testing.T) {
				rep := newHost(t).post(t, path, good, tt.edit)
				wantError(t, rep, tt.status, tt.code)
				if got := rep.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("Cache-Control = %q", got)
				}
			})
		}
	}
}

func TestMediaTypeMayHaveParameters(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	rep := h.post(t, "/token", redeemForm("app", code), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	})
	if rep.Status != http.StatusOK {
		t.Errorf("answer = %d %s", rep.Status, rep.Raw)
	}
}

func TestPreflight(t *testing.T) {
	rep := newHost(t).post(t, "/token", nil, func(r *http.Request) { r.Method = http.MethodOptions })
	if rep.Status != http.StatusNoContent || rep.Header.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" {
		t.Errorf("answer = %d %v", rep.Status, rep.Header)
	}
}

func TestGrantType(t *testing.T) {
	tests := []struct {
		name   string
		client string
		grant  string
		status int
		code   string
	}{
		{"none", "app", "", 400, oauth.InvalidRequest},
		{"unknown", "app", "password", 400, oauth.UnsupportedGrantType},
		{"not registered for it", "plain", oauth.GrantRefresh, 400, oauth.UnauthorizedClient},
		{"client credentials of a public client", "app", oauth.GrantClientCredentials, 400, oauth.UnauthorizedClient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := with(url.Values{"client_id": {tt.client}}, "grant_type", tt.grant)
			wantError(t, newHost(t).post(t, "/token", form), tt.status, tt.code)
		})
	}
}

func TestClientCredentials(t *testing.T) {
	form := url.Values{"grant_type": {oauth.GrantClientCredentials}}
	tests := []struct {
		name   string
		change []string
		scope  string // of a success
		code   string // of a failure
	}{
		{"all that it may", nil, "math", ""},
		{"what it asks for", []string{"scope", "math"}, "math", ""},
		{"a resource", []string{"resource", issuer + "/mcp"}, "math", ""},
		{"a scope that it may not", []string{"scope", "whoami"}, "", oauth.InvalidScope},
		{"offline access", []string{"scope", oauth.OfflineAccess}, "", oauth.InvalidScope},
		{"a resource of somebody else", []string{"resource", "https://else.example"}, "", oauth.InvalidTarget},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			rep := h.post(t, "/token", with(form, tt.change...), basic("job", "s3cret"))
			if tt.code != "" {
				wantError(t, rep, 400, tt.code)
				return
			}
			if rep.Status != 200 || rep.Scope != tt.scope || rep.Refresh != "" || !h.live(t, rep.Access) {
				t.Errorf("answer = %d %s", rep.Status, rep.Raw)
			}
		})
	}
}

func TestClientCredentialsAreNotForClientsThatRegisteredThemselves(t *testing.T) {
	form := url.Values{"grant_type": {oauth.GrantClientCredentials}, "client_id": {"guest"}, "client_secret": {"s3cret"}}
	wantError(t, newHost(t).post(t, "/token", form), 400, oauth.UnauthorizedClient)
}

func TestBadSecretOfTheHeaderIsChallenged(t *testing.T) {
	h := newHost(t)
	rep := h.post(t, "/token", url.Values{"grant_type": {oauth.GrantClientCredentials}}, basic("job", "wrong"))
	wantError(t, rep, 401, oauth.InvalidClient)
	if got := rep.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic ") {
		t.Errorf("WWW-Authenticate = %q", got)
	}
}

func TestRevoke(t *testing.T) {
	tests := []struct {
		name    string
		client  string
		token   func(code string, first, second reply) string
		access  bool // the newest access token is still good
		refresh bool // and the newest refresh token
	}{
		{"the refresh token", "app", func(_ string, _, s reply) string { return s.Refresh }, false, false},
		{"the previous refresh token", "app", func(_ string, f, _ reply) string { return f.Refresh }, false, false},
		{"the access token", "app", func(_ string, _, s reply) string { return s.Access }, false, true},
		{"another access token", "app", func(_ string, f, _ reply) string { return f.Access }, true, true},
		{"a token of another client", "other", func(_ string, _, s reply) string { return s.Refresh }, true, true},
		{"a code", "app", func(c string, _, _ reply) string { return c }, true, true},
		{"what is no token", "app", func(string, reply, reply) string { return "x" }, true, true},
		{"a forged key of the grant", "app", func(_ string, f, _ reply) string {
			_, id, _ := oauth.ParseToken(f.Access)
			return oauth.NewToken(oauth.RefreshToken, id)
		}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			code, id := h.grant(t, "app")
			first := h.post(t, "/token", redeemForm("app", code))
			second := h.post(t, "/token", refreshForm("app", first.Refresh))
			token := tt.token(code, first, second)
			rep := h.post(t, "/revoke", url.Values{"client_id": {tt.client}, "token": {token}, "token_type_hint": {"access_token"}})
			if rep.Status != 200 || rep.Raw != "" {
				t.Errorf("answer = %d %s", rep.Status, rep.Raw)
			}
			if got := h.live(t, second.Access); got != tt.access {
				t.Errorf("access token good = %v, want %v", got, tt.access)
			}
			if got := h.post(t, "/token", refreshForm("app", second.Refresh)).Status == 200; got != tt.refresh {
				t.Errorf("refresh token good = %v, want %v", got, tt.refresh)
			}
			if told := len(h.revoked) == 1 && h.revoked[0] == id; !tt.access && !told {
				t.Errorf("revoked = %q", h.revoked)
			}
		})
	}
}

func TestRevokeNeedsAToken(t *testing.T) {
	wantError(t, newHost(t).post(t, "/revoke", url.Values{"client_id": {"app"}}), 400, oauth.InvalidRequest)
}

func TestIntrospect(t *testing.T) {
	h := newHost(t)
	rep, id := h.tokens(t, "app")
	web := url.Values{"client_id": {"web"}, "client_secret": {"s3cret"}}
	guest := url.Values{"client_id": {"guest"}, "client_secret": {"s3cret"}}
	mine, _ := h.grant(t, "guest")
	own := h.post(t, "/token", with(redeemForm("guest", mine), "client_secret", "s3cret"))
	tests := []struct {
		name   string
		caller url.Values
		token  string
		active bool
	}{
		{"an access token", web, rep.Access, true},
		{"a refresh token", web, rep.Refresh, true},
		{"a code", web, mine, false},
		{"what is no token", web, "x", false},
		{"an unknown grant", web, oauth.NewToken(oauth.AccessToken, oauth.NewGrantID(0)), false},
		{"a forged key", web, oauth.NewToken(oauth.AccessToken, id), false},
		{"a client that registered itself, its own token", guest, own.Access, true},
		{"a client that registered itself, another's token", guest, rep.Access, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := h.post(t, "/introspect", with(tt.caller, "token", tt.token))
			if got.Status != 200 || got.Active != tt.active {
				t.Errorf("answer = %d %s", got.Status, got.Raw)
			}
			if !tt.active && got.Raw != `{"active":false}` {
				t.Errorf("an inactive token says %s", got.Raw)
			}
			if tt.active && !strings.Contains(got.Raw, `"aud":"`+issuer+`/mcp"`) {
				t.Errorf("answer = %s", got.Raw)
			}
		})
	}
	t.Run("a public client", func(t *testing.T) {
		got := h.post(t, "/introspect", url.Values{"client_id": {"app"}, "token": {rep.Access}})
		wantError(t, got, 401, oauth.InvalidClient)
	})
	t.Run("a revoked grant", func(t *testing.T) {
		h.post(t, "/revoke", url.Values{"client_id": {"app"}, "token": {rep.Refresh}})
		for _, token := range []string{rep.Access, rep.Refresh} {
			if got := h.post(t, "/introspect", with(web, "token", token)); got.Active {
				t.Errorf("answer = %s", got.Raw)
			}
		}
	})
}

// down is a store that fails.
type down struct{}

var errDown = fault.Wrap(errors.New("disk full"), fault.Unavailable, "The store cannot be reached.")

func (down) Get(context.Context, string) (store.Item, error) { return store.Item{}, errDown }
func (down) Swap(context.Context, store.Item) error          { return errDown }
func (down) Scan(context.Context, string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) { yield(store.Item{}, errDown) }
}

func TestStoreDown(t *testing.T) {
	h := newHost(t)
	rep, _ := h.tokens(t, "app")
	h.Grants = store.NewTable[oauth.Grant](down{}, "grants", nil)
	for _, got := range []reply{
		h.post(t, "/token", refreshForm("app", rep.Refresh)),
		h.post(t, "/revoke", url.Values{"client_id": {"app"}, "token": {rep.Refresh}}),
		h.post(t, "/introspect", url.Values{"client_id": {"web"}, "client_secret": {"s3cret"}, "token": {rep.Access}}),
	} {
		wantError(t, got, 503, oauth.TemporarilyUnavailable)
		if got.Header.Get("Retry-After") == "" || strings.Contains(got.Raw, "disk full") {
			t.Errorf("answer = %v %s", got.Header, got.Raw)
		}
	}
}

func TestFailedNoteOfUseDoesNotFailTheRequest(t *testing.T) {
	h := newHost(t)
	h.Handler.Used = func(context.Context, string) error { return errDown }
	code, _ := h.grant(t, "app")
	if rep := h.post(t, "/token", redeemForm("app", code)); rep.Status != http.StatusOK {
		t.Errorf("answer = %d %s", rep.Status, rep.Raw)
	}
}
