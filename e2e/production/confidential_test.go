package production

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"gatehouse/e2e/provider"
	"gatehouse/e2e/road"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keySet(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256"}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// assertion is how a client with a key says who it is (RFC 7523).
func (p *place) assertion(key *ecdsa.PrivateKey, client string) url.Values {
	return url.Values{
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {provider.Sign(key, map[string]any{
			"iss": client, "sub": client, "aud": p.URL, "jti": rand.Text(),
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		})},
	}
}

// basic is how a client with a secret does.
func basic(id, secret string) http.Header {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return r.Header
}

// forItself asks for a token for no person.
func (p *place) forItself(t *testing.T, proof url.Values, header http.Header) road.Reply {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {p.URL + "/mcp"}}
	for name, values := range proof {
		form[name] = values
	}
	return p.post(t, "/token", form, header)
}

func TestConfidentialClients(t *testing.T) {
	t.Parallel()
	key, fetched := newKey(t), new(atomic.Int64)
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, keySet(t, key))
	}))
	t.Cleanup(keys.Close)
	p := newPlace(t, "http")
	p.configure(t, fmt.Sprintf(`
login: {password: true}
clients:
  - {id: nightly, name: Nightly, grants: [client_credentials], auth: client_secret_basic, secret: "%s", scopes: [math, whoami]}
  - {id: signed, grants: [client_credentials], auth: private_key_jwt, jwks: '%s', scopes: [whoami]}
  - {id: remote, grants: [client_credentials], auth: private_key_jwt, jwks_uri: "%s", scopes: [whoami]}
`, provider.ClientSecret, keySet(t, key), keys.URL))

	t.Run("in development, keys may be on the same machine", func(t *testing.T) {
		p.start(t, "dev")
		got := readTokens(t, p.forItself(t, p.assertion(key, "remote"), nil))
		p.WantCaller(t, got.Access, "remote")
	})
	before := fetched.Load()
	p.start(t)

	t.Run("a client with a secret", func(t *testing.T) {
		got := readTokens(t, p.forItself(t, nil, basic("nightly", provider.ClientSecret)))
		if got.Refresh != "" || got.Scope != "math whoami" {
			t.Errorf("the tokens are %+v", got)
		}
		p.WantCaller(t, got.Access, "Nightly")
		p.wantRevocable(t, got.Access)
	})
	t.Run("a wrong secret", func(t *testing.T) {
		if r := p.forItself(t, nil, basic("nightly", "guess")); !r.Has(http.StatusUnauthorized, `"invalid_client"`) ||
			!strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("a wrong secret = %v %v", r, r.Header)
		}
	})
	t.Run("a client with a key, whose assertion is good once", func(t *testing.T) {
		proof := p.assertion(key, "signed")
		p.WantCaller(t, readTokens(t, p.forItself(t, proof, nil)).Access, "signed")
		if r := p.forItself(t, proof, nil); !r.Has(http.StatusUnauthorized, "used before") {
			t.Errorf("the same assertion again = %v", r)
		}
		if r := p.forItself(t, p.assertion(newKey(t), "signed"), nil); !r.Has(http.StatusUnauthorized, `"invalid_client"`) {
			t.Errorf("another key = %v", r)
		}
	})
	t.Run("keys at a private address are not fetched", func(t *testing.T) {
		if r := p.forItself(t, p.assertion(key, "remote"), nil); !r.Has(http.StatusUnauthorized, "could not be fetched") {
			t.Errorf("a remote key = %v", r)
		}
		if n := fetched.Load(); n != before {
			t.Errorf("the keys were fetched %d times", n-before)
		}
	})
	t.Run("a scope that it was not given", func(t *testing.T) {
		proof := p.assertion(key, "signed")
		proof.Set("scope", "math")
		if r := p.forItself(t, proof, nil); !r.Has(http.StatusBadRequest, `"invalid_scope"`) {
			t.Errorf("too much = %v", r)
		}
	})
}

// wantRevocable looks a token up and takes it back, as its client. Others with
// credentials may look, but not take.
func (p *place) wantRevocable(t *testing.T, token string) {
	t.Helper()
	form := url.Values{"token": {token}}
	look := func() road.Reply { return p.post(t, "/introspect", form, basic("nightly", provider.ClientSecret)) }
	if r := look(); !r.Has(http.StatusOK, `"active":true`) || !r.Has(http.StatusOK, `"client_id":"nightly"`) {
		t.Errorf("introspect = %v", r)
	}
	if r := p.post(t, "/introspect", form, nil); r.Status != http.StatusUnauthorized {
		t.Errorf("a stranger introspects: %v", r)
	}
	if r := p.post(t, "/revoke", form, basic("nightly", provider.ClientSecret)); r.Status != http.StatusOK {
		t.Errorf("revoke = %v", r)
	}
	if !p.Refuses(t, token) {
		t.Error("a revoked token works")
	}
	if r := look(); r.Status != http.StatusOK || strings.TrimSpace(r.Body) != `{"active":false}` {
		t.Errorf("introspect after it = %v", r)
	}
}
