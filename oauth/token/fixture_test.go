package token

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
	"gatehouse/store"
	"gatehouse/store/mem"
)

const (
	issuer   = "https://mcp.example"
	redirect = "http://127.0.0.1:9/cb"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// host is the endpoints over a store in memory, with these clients:
// "app" and "other" are public, "web" has the secret "s3cret", "job" is
// confidential and for client credentials, "plain" may not refresh, "guest" has
// a secret and registered itself.
type host struct {
	*Handler
	kv      *mem.KV
	mu      sync.Mutex
	revoked []string
	alarms  []string
	used    []string
	blocked map[string]bool
}

func newHost(t *testing.T) *host {
	t.Helper()
	both := []string{oauth.GrantCode, oauth.GrantRefresh}
	secret := oauth.HashToken("s3cret")
	configured := map[string]oauth.Client{
		"app":   {ID: "app", Origin: oauth.Registered, AuthMethod: oauth.AuthNone, GrantTypes: both},
		"other": {ID: "other", Origin: oauth.Registered, AuthMethod: oauth.AuthNone, GrantTypes: both},
		"plain": {ID: "plain", Origin: oauth.Registered, AuthMethod: oauth.AuthNone, GrantTypes: both[:1]},
		"web":   {ID: "web", Origin: oauth.Configured, AuthMethod: oauth.AuthPost, SecretHash: secret, GrantTypes: both},
		"guest": {ID: "guest", Origin: oauth.Registered, AuthMethod: oauth.AuthPost, SecretHash: secret,
			GrantTypes: append(both, oauth.GrantClientCredentials)},
		"job": {ID: "job", Name: "Nightly job", Origin: oauth.Configured, AuthMethod: oauth.AuthBasic, SecretHash: secret,
			GrantTypes: []string{oauth.GrantClientCredentials}, Scopes: []string{"math"}},
	}
	h := &host{kv: new(mem.KV), blocked: make(map[string]bool)}
	h.Handler = &Handler{
		Issuer:    issuer,
		Resources: []string{issuer + "/mcp", issuer + "/sse", issuer},
		Root:      issuer,
		Scopes:    []string{"math", "whoami", oauth.OfflineAccess},
		Lives:     DefaultLives,
		Clients: &clients.Authenticator{
			Clients: &clients.Directory{Configured: configured},
			Tries:   clients.NewTries(time.Now),
			Now:     time.Now,
		},
		Grants: store.NewTable(h.kv, "grants", func(g oauth.Grant) time.Time { return g.Ends() }),
		Now:    time.Now,
		Used: func(_ context.Context, id string) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.used = append(h.used, id)
			return nil
		},
		Disabled: func(_ context.Context, subject string) (bool, error) { return h.blocked[subject], nil },
		Revoked: func(id string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.revoked = append(h.revoked, id)
		},
		Alarm: func(_ context.Context, _ oauth.Grant, what string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.alarms = append(h.alarms, what)
		},
	}
	return h
}

// grant stores what an approval stores, and returns the code.
func (h *host) grant(t *testing.T, client string) (code, id string) {
	t.Helper()
	id = oauth.NewGrantID(0)
	code = oauth.NewToken(oauth.Code, id)
	now := h.Now()
	err := h.Grants.Insert(t.Context(), id, oauth.Grant{
		ID: id, Subject: "dev:alice", Name: "Alice", ClientID: client, Client: "An app",
		Issuer: issuer, Resource: issuer + "/mcp", Scopes: []string{"math", "whoami"},
		Created: now, Expires: now.Add(DefaultLives.Absolute),
		Code: &oauth.CodeState{
			Hash: oauth.HashToken(code), RedirectURI: redirect, Challenge: challengeOf(verifier), Expires: now.Add(time.Minute),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, id
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// redeemForm is a good request for the tokens of a code.
func redeemForm(client, code string) url.Values {
	return url.Values{
		"grant_type": {oauth.GrantCode}, "client_id": {client}, "code": {code},
		"redirect_uri": {redirect}, "code_verifier": {verifier},
	}
}

func refreshForm(client, token string) url.Values {
	return url.Values{"grant_type": {oauth.GrantRefresh}, "client_id": {client}, "refresh_token": {token}}
}

// with returns the form with some parameters changed; an empty value takes the
// parameter away.
func with(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		form.Del(pairs[i])
		if pairs[i+1] != "" {
			form.Set(pairs[i], pairs[i+1])
		}
	}
	return form
}

// reply is an answer of any of the endpoints.
type reply struct {
	Status      int
	Header      http.Header `json:"-"`
	Raw         string      `json:"-"`
	Access      string      `json:"access_token"`
	Refresh     string      `json:"refresh_token"`
	Type        string      `json:"token_type"`
	ExpiresIn   int64       `json:"expires_in"`
	Scope       string      `json:"scope"`
	Error       string      `json:"error"`
	Description string      `json:"error_description"`
	Active      bool        `json:"active"`
}

func (h *host) post(t *testing.T, path string, form url.Values, edits ...func(*http.Request)) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, edit := range edits {
		edit(r)
	}
	return h.serve(t, r)
}

func (h *host) serve(t *testing.T, r *http.Request) reply {
	t.Helper()
	handler := map[string]httpx.Handler{"/token": h.Token, "/revoke": h.Revoke, "/introspect": h.Introspect}[r.URL.Path]
	w := httptest.NewRecorder()
	httpx.Serve(handler, oauth.Render).ServeHTTP(w, r)
	rep := reply{Status: w.Code, Header: w.Header(), Raw: w.Body.String()}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &rep); err != nil {
			t.Errorf("answer %q: %v", w.Body, err)
		}
	}
	return rep
}

// tokens grants and redeems.
func (h *host) tokens(t *testing.T, client string) (reply, string) {
	t.Helper()
	code, id := h.grant(t, client)
	rep := h.post(t, "/token", redeemForm(client, code))
	if rep.Status != http.StatusOK {
		t.Fatalf("redeem = %d %s", rep.Status, rep.Raw)
	}
	return rep, id
}

// live reports whether an access token is good.
func (h *host) live(t *testing.T, token string) bool {
	t.Helper()
	_, id, ok := oauth.ParseToken(token)
	if !ok {
		t.Fatalf("%q is not a token", token)
	}
	g, err := h.Grants.Get(t.Context(), id)
	if err != nil {
		return false
	}
	_, ok = g.FindAccess(oauth.HashToken(token), h.Now())
	return ok
}

func wantError(t *testing.T, rep reply, status int, code string) {
	t.Helper()
	if rep.Status != status || rep.Error != code {
		t.Errorf("answer = %d %s, want %d %s", rep.Status, rep.Raw, status, code)
	}
	if rep.Access != "" || rep.Refresh != "" {
		t.Errorf("a refusal has tokens: %s", rep.Raw)
	}
}
