package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"

	"gatehouse/internal/httpx"
	"gatehouse/oauth/login"
)

// provider is an OpenID Connect provider on loopback. It knows one person and
// gives out one code.
type provider struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	claims map[string]any // what its ID tokens say besides the usual
	header map[string]any
	drop   bool // leave the ID token out

	challenge, nonce string // of the last visit
	discovered       int
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, claims: map[string]any{}, header: map[string]any{"alg": "ES256", "kid": "k"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) metadata(w http.ResponseWriter, _ *http.Request) {
	p.discovered++
	httpx.WriteJSON(w, http.StatusOK, map[string]any{
		"issuer":                                p.URL,
		"authorization_endpoint":                p.URL + "/authorize",
		"token_endpoint":                        p.URL + "/token",
		"jwks_uri":                              p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256"},
	})
}

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	httpx.WriteJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig",
		"x": encode(point[1:33]), "y": encode(point[33:]),
	}}})
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("code") != "good" || oauth2.S256ChallengeFromVerifier(r.FormValue("code_verifier")) != p.challenge {
		httpx.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer := map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.idToken()}
	if p.drop {
		delete(answer, "id_token")
	}
	httpx.WriteJSON(w, http.StatusOK, answer)
}

func (p *provider) idToken() string {
	claims := map[string]any{
		"iss":   p.URL,
		"aud":   "gatehouse",
		"sub":   "42",
		"nonce": p.nonce,
		"iat":   time.Now().Unix(),
		"exp":   time.Now().Add(time.Minute).Unix(),
	}
	maps.Copy(claims, p.claims)
	signed := encodeJSON(p.header) + "." + encodeJSON(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + encode(signature[:])
}

// visit goes to the provider as a browser does, and returns what it comes back
// with.
func (p *provider) visit(t *testing.T, away login.Away, trip login.Trip) url.Values {
	t.Helper()
	to, err := away.Start(t.Context(), trip)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("redirect_uri") != trip.Callback || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		t.Fatalf("the browser is sent to %s", to)
	}
	p.challenge, p.nonce = q.Get("code_challenge"), q.Get("nonce")
	return url.Values{"code": {"good"}, "state": {q.Get("state")}}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encodeJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encode(b)
}
