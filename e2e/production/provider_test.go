package production

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// Credentials of the server at the providers. The secret has characters that
// must be encoded on their way.
const (
	clientID     = "gatehouse"
	clientSecret = "s3cret: %+&/"
)

// member is somebody whom a provider knows.
type member struct {
	subject, name, email string
	verified             bool
}

// flow is the code flow as both kinds of provider have it: it logs in whoever
// is set, without a question, and holds the server to its proof key (RFC 7636).
type flow struct {
	mu     sync.Mutex
	who    member
	issued map[string]issued // by code
}

type issued struct {
	who   member
	query url.Values // of the request
}

func (f *flow) set(who member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.who = who
}

func (f *flow) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("state") == "" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "not a request of a code", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code := rand.Text()
	f.issued[code] = issued{f.who, q}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

// redeem takes a code, once, and returns whom it is for.
func (f *flow) redeem(r *http.Request) (got issued, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	got, ok = f.issued[r.FormValue("code")]
	delete(f.issued, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	return got, ok && r.FormValue("redirect_uri") == got.query.Get("redirect_uri") &&
		base64.RawURLEncoding.EncodeToString(sum[:]) == got.query.Get("code_challenge")
}

// provider is an OpenID Connect provider.
type provider struct {
	flow
	url   string
	key   *ecdsa.PrivateKey
	nonce string // instead of the one that was asked for, if any
}

// newProvider returns a provider that cannot be reached yet.
func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &provider{flow: flow{issued: map[string]issued{}}, url: "http://" + freeAddr(t), key: key}
}

// open lets the provider be reached, until the function that it returns is
// called.
func (p *provider) open(t *testing.T) (shut func()) {
	t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	s := &httptest.Server{Listener: listener, Config: &http.Server{Handler: mux}}
	s.Start()
	t.Cleanup(s.Close)
	return s.Close
}

func (p *provider) metadata(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token",
		"jwks_uri": p.url + "/keys", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"keys": []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if id, _ = url.QueryUnescape(id); id != clientID {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	if secret, _ = url.QueryUnescape(secret); secret != clientSecret {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	got, ok := p.redeem(r)
	if !ok {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	nonce := p.nonce
	p.mu.Unlock()
	if nonce == "" {
		nonce = got.query.Get("nonce")
	}
	writeJSON(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": sign(p.key, map[string]any{
		"iss": p.url, "aud": clientID, "sub": got.who.subject, "nonce": nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"name": got.who.name, "email": got.who.email, "email_verified": got.who.verified,
	})})
}

// sign returns a signed token with these claims.
func sign(key *ecdsa.PrivateKey, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.MarshalWrite(w, v)
}
