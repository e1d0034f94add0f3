package clients

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store/mem"
)

const (
	testIssuer   = "https://mcp.example"
	testEndpoint = testIssuer + "/token"
)

var (
	ecKey          = newECKey()
	otherKey       = newECKey()
	publicKeyJSON  = keyJSON(jose.JSONWebKey{Key: ecKey.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"})
	privateKeyJSON = keyJSON(jose.JSONWebKey{Key: ecKey, KeyID: "k1"})
)

func newECKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func keyJSON(key jose.JSONWebKey) string {
	text, err := key.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return string(text)
}

// signer signs an assertion. Its zero members are those of a good one.
type signer struct {
	alg    jose.SignatureAlgorithm
	key    any
	kid    string
	header map[jose.HeaderKey]any
	claims map[string]any
}

func (s signer) sign(t *testing.T) string {
	t.Helper()
	claims := map[string]any{
		"iss": "job", "sub": "job", "aud": testIssuer, "jti": rand.Text(),
		"exp": time.Now().Add(5 * time.Minute).Unix(), "iat": time.Now().Unix(),
	}
	for name, v := range s.claims {
		claims[name] = v
		if v == nil {
			delete(claims, name)
		}
	}
	if s.key == nil {
		s.alg, s.key = jose.ES256, ecKey
	}
	if s.kid == "" {
		s.kid = "k1"
	}
	options := &jose.SignerOptions{ExtraHeaders: s.header}
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}, options.WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := made.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// newJob is an authenticator that knows the client "job" by its keys.
func newJob(c oauth.Client, door Door) *Authenticator {
	c.ID, c.AuthMethod = "job", oauth.AuthPrivateKeyJWT
	keys := &Keys{Now: time.Now}
	if door != nil {
		keys.Fetch = NewFetcher(door, nil, time.Now)
	}
	return &Authenticator{
		Clients: &Directory{Configured: map[string]oauth.Client{"job": c}},
		Assertions: &Assertions{
			Issuer: testIssuer, TokenEndpoint: testEndpoint, Keys: keys, Once: NewOnce(new(mem.KV)), Now: time.Now,
		},
		Tries: NewTries(time.Now),
		Now:   time.Now,
	}
}

func inline(keys ...string) oauth.Client {
	return oauth.Client{JWKS: []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)}
}

func assertAs(a *Authenticator, assertion string, more ...string) error {
	form := url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	_, err := a.Authenticate(httptest.NewRequest(http.MethodPost, "/token", nil), form)
	return err
}

func TestAssertion(t *testing.T) {
	soon := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	tests := []struct {
		name string
		s    signer
		ok   bool
	}{
		{"for the issuer", signer{}, true},
		{"for the token endpoint", signer{claims: map[string]any{"aud": testEndpoint}}, true},
		{"for a list of one", signer{claims: map[string]any{"aud": []string{testIssuer}}}, true},
		{"without iat", signer{claims: map[string]any{"iat": nil}}, true},

		{"for somebody else", signer{claims: map[string]any{"aud": "https://else.example"}}, false},
		{"for us and somebody else", signer{claims: map[string]any{"aud": []string{testIssuer, "https://else.example"}}}, false},
		{"for nobody", signer{claims: map[string]any{"aud": nil}}, false},
		{"for an empty list", signer{claims: map[string]any{"aud": []string{}}}, false},
		{"for an empty audience", signer{claims: map[string]any{"aud": ""}}, false},
		{"another issuer", signer{claims: map[string]any{"iss": "other"}}, false},
		{"another subject", signer{claims: map[string]any{"sub": "other"}}, false},
		{"no subject", signer{claims: map[string]any{"sub": nil}}, false},
		{"no exp", signer{claims: map[string]any{"exp": nil}}, false},
		{"an exp that is text", signer{claims: map[string]any{"exp": "2999"}}, false},
		{"expired", signer{claims: map[string]any{"exp": soon(-31 * time.Second)}}, false},
		{"too long", signer{claims: map[string]any{"exp": soon(6 * time.Minute)}}, false},
		{"endless", signer{claims: map[string]any{"exp": 1e300}}, false},
		{"not yet", signer{claims: map[string]any{"nbf": soon(time.Minute)}}, false},
		{"from the future", signer{claims: map[string]any{"iat": soon(time.Minute)}}, false},
		{"no jti", signer{claims: map[string]any{"jti": nil}}, false},
		{"a jti too long", signer{claims: map[string]any{"jti": strings.Repeat("a", 300)}}, false},
		{"another key", signer{alg: jose.ES256, key: otherKey}, false},
		{"an unknown kid", signer{kid: "k2"}, false},
		{"a symmetric key", signer{alg: jose.HS256, key: []byte(publicKeyJSON)}, false},
		{"jku", signer{header: map[jose.HeaderKey]any{"jku": "https://evil.example/k"}}, false},
		{"x5u", signer{header: map[jose.HeaderKey]any{"x5u": "https://evil.example/k"}}, false},
		{"jwk", signer{header: map[jose.HeaderKey]any{"jwk": map[string]any{}}}, false},
		{"crit", signer{header: map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := assertAs(newJob(inline(publicKeyJSON), nil), tt.s.sign(t))
			if (err == nil) != tt.ok {
				t.Fatalf("err = %v, want ok = %v", err, tt.ok)
			}
			if e, ok := errors.AsType[*oauth.Error](err); err != nil && (!ok || e.Code != oauth.InvalidClient) {
				t.Errorf("err = %v, want %s", err, oauth.InvalidClient)
			}
		})
	}
}

func TestAssertionAlgorithms(t *testing.T) {
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		alg    jose.SignatureAlgorithm
		key    any
		public any
		ok     bool
	}{
		{jose.ES256, ecKey, ecKey.Public(), true},
		{jose.EdDSA, ed, edPublic, true},
		{jose.RS256, rs, rs.Public(), true},
		{jose.PS256, rs, rs.Public(), true},
		{jose.RS512, rs, rs.Public(), false},
	}
	for _, tt := range tests {
		t.Run(string(tt.alg), func(t *testing.T) {
			a := newJob(inline(keyJSON(jose.JSONWebKey{Key: tt.public, KeyID: "k1"})), nil)
			if err := assertAs(a, signer{alg: tt.alg, key: tt.key}.sign(t)); (err == nil) != tt.ok {
				t.Errorf("err = %v, want ok = %v", err, tt.ok)
			}
		})
	}
}

func TestAssertionThatIsNone(t *testing.T) {
	good := signer{}.sign(t)
	parts := strings.Split(good, ".")
	const none = "eyJhbGciOiJub25lIn0" // {"alg":"none"}
	for name, bad := range map[string]string{
		"empty":               "",
		"no token":            "x",
		"alg none":            none + "." + parts[1] + ".",
		"alg none, signed":    none + "." + parts[1] + "." + parts[2],
		"no signature":        parts[0] + "." + parts[1] + ".",
		"another signature":   parts[0] + "." + parts[1] + "." + strings.Split(signer{}.sign(t), ".")[2],
		"four segments":       good + ".x",
		"too long":            parts[0] + "." + parts[1] + "." + strings.Repeat("a", maxAssertion),
		"padding":             parts[0] + "=." + parts[1] + "." + parts[2],
		"a newline":           parts[0] + "\n." + parts[1] + "." + parts[2],
		"an object as header": "W10." + parts[1] + "." + parts[2],
	} {
		t.Run(name, func(t *testing.T) {
			if err := assertAs(newJob(inline(publicKeyJSON), nil), bad, "client_id", "job"); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestAssertionIsGoodOnce(t *testing.T) {
	a := newJob(inline(publicKeyJSON), nil)
	assertion := signer{}.sign(t)
	if err := assertAs(a, assertion); err != nil {
		t.Fatal(err)
	}
	if err := assertAs(a, assertion); err == nil {
		t.Error("it was taken twice")
	}
}

func TestAssertionOfAnotherClientID(t *testing.T) {
	if err := assertAs(newJob(inline(publicKeyJSON), nil), signer{}.sign(t), "client_id", "other"); err == nil {
		t.Error("it was taken")
	}
}

func TestFailedAssertionDoesNotFallBack(t *testing.T) {
	a := newJob(inline(publicKeyJSON), nil)
	c := a.Clients.(*Directory).Configured["job"]
	c.AuthMethod = oauth.AuthNone
	a.Clients.(*Directory).Configured["job"] = c
	if err := assertAs(a, signer{}.sign(t), "client_id", "job"); err == nil {
		t.Error("a public client may send an assertion")
	}
}

func TestKeysOfAClient(t *testing.T) {
	second := keyJSON(jose.JSONWebKey{Key: otherKey.Public(), KeyID: "k2"})
	weak := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537} // of 1024 bits
	tests := []struct {
		name string
		keys []string
		ok   bool
	}{
		{"two with ids", []string{second, publicKeyJSON}, true},
		{"the same id twice", []string{publicKeyJSON, publicKeyJSON}, false},
		{"none", nil, false},
		{"a weak one among them", []string{publicKeyJSON, keyJSON(jose.JSONWebKey{Key: weak, KeyID: "w"})}, false},
		{"a private one among them", []string{publicKeyJSON, privateKeyJSON}, false},
		{"one for encryption", []string{keyJSON(jose.JSONWebKey{Key: ecKey.Public(), KeyID: "k1", Use: "enc"})}, false},
		{"one for another algorithm", []string{keyJSON(jose.JSONWebKey{Key: ecKey.Public(), KeyID: "k1", Algorithm: "ES384"})}, false},
		{"what is no key", []string{`{"kty":"EC"}`}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := assertAs(newJob(inline(tt.keys...), nil), signer{}.sign(t)); (err == nil) != tt.ok {
				t.Errorf("err = %v, want ok = %v", err, tt.ok)
			}
		})
	}
}

func TestFetchedKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetches := 0
		keys := `{"keys":[` + publicKeyJSON + `]}`
		a := newJob(oauth.Client{JWKSURI: "https://client.example/keys"}, doorFunc(func(r *http.Request) (*http.Response, error) {
			fetches++
			return answer(200, "application/jwk-set+json", keys), nil
		}))
		for range 3 {
			if err := assertAs(a, signer{}.sign(t)); err != nil {
				t.Fatal(err)
			}
		}
		if fetches != 1 {
			t.Errorf("%d fetches, want 1", fetches)
		}
		// The client changes its key: an id that is not known makes us look
		// again, but not more than once a minute.
		keys = `{"keys":[` + keyJSON(jose.JSONWebKey{Key: otherKey.Public(), KeyID: "k2"}) + `]}`
		rotated := signer{alg: jose.ES256, key: otherKey, kid: "k2"}
		if err := assertAs(a, rotated.sign(t)); err == nil || fetches != 1 {
			t.Errorf("at once: %v with %d fetches", err, fetches)
		}
		time.Sleep(keysRetry)
		if err := assertAs(a, rotated.sign(t)); err != nil || fetches != 2 {
			t.Errorf("a minute later: %v with %d fetches", err, fetches)
		}
	})
}

func TestKeysOnThisMachineAreNotFetched(t *testing.T) {
	for _, uri := range []string{"http://127.0.0.1/keys", "http://client.example/keys", "file:///keys", "/keys"} {
		a := newJob(oauth.Client{JWKSURI: uri}, doorFunc(func(r *http.Request) (*http.Response, error) {
			t.Errorf("%s was fetched", r.URL)
			return answer(404, "", ""), nil
		}))
		if err := assertAs(a, signer{}.sign(t)); err == nil {
			t.Errorf("keys at %q were taken", uri)
		}
	}
}

func FuzzAssertion(f *testing.F) {
	f.Add("e30.e30.e30")
	a := newJob(inline(publicKeyJSON), nil)
	a.Tries = new(oauth.Rate) // no limit
	f.Fuzz(func(t *testing.T, assertion string) {
		err := assertAs(a, assertion)
		if _, ok := errors.AsType[*oauth.Error](err); !ok {
			t.Errorf("err = %v", err)
		}
	})
}

func TestStoreThatFailsIsNoBadSecret(t *testing.T) {
	a := newJob(inline(publicKeyJSON), nil)
	a.Assertions.Once = NewOnce(new(full))
	for range 25 {
		if err := assertAs(a, signer{}.sign(t)); !errors.Is(err, fault.Unavailable) {
			t.Fatalf("err = %v, want unavailable", err)
		}
	}
}
