package production

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"gatehouse/e2e/authority"
)

// issuer is a certificate authority that speaks ACME (RFC 8555) as far as one
// name by tls-alpn-01 needs it (RFC 8737):
//
//	directory -> nonce -> account -> order -> authorization -> challenge
//	-> finalize -> certificate
type issuer struct {
	t    *testing.T
	url  string
	host string // where the server is that asks, whatever the name says

	mu       sync.Mutex
	broken   bool
	nonces   map[string]bool
	account  *jose.JSONWebKey
	contact  []string
	name     string // that was ordered
	proven   bool   // that the server at the name is the account's
	chain    []byte // that was issued, in PEM
	requests int
}

const challengeToken = "a-token-of-the-tests-authority"

func newIssuer(t *testing.T, host string) *issuer {
	a := &issuer{t: t, host: host, nonces: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", a.directory)
	mux.HandleFunc("HEAD /nonce", func(w http.ResponseWriter, _ *http.Request) { a.nonce(w) })
	a.handle(mux, "/account", a.newAccount)
	a.handle(mux, "/orders", a.newOrder)
	a.handle(mux, "/order", func([]byte) (int, any, error) { return http.StatusOK, a.order(), nil })
	a.handle(mux, "/authorization", func([]byte) (int, any, error) { return http.StatusOK, a.authorization(), nil })
	a.handle(mux, "/challenge", a.validate)
	a.handle(mux, "/finalize", a.finalize)
	a.handle(mux, "/certificate", func([]byte) (int, any, error) { return http.StatusOK, a.chain, nil })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

// contacts are whom the account names.
func (a *issuer) contacts() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.contact
}

// asked counts the requests.
func (a *issuer) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests
}

// refuse makes it turn everybody away from now on.
func (a *issuer) refuse() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = true
}

func (a *issuer) directory(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.requests++; a.broken {
		http.Error(w, "out of order", http.StatusForbidden)
		return
	}
	writeJSON(w, map[string]any{
		"newNonce": a.url + "/nonce", "newAccount": a.url + "/account", "newOrder": a.url + "/orders",
		"meta": map[string]string{"termsOfService": a.url + "/terms"},
	})
}

func (a *issuer) nonce(w http.ResponseWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	nonce := rand.Text()
	a.nonces[nonce] = true
	w.Header().Set("Replay-Nonce", nonce)
}

// handle serves a resource to signed requests alone, and answers in JSON, or
// with a chain of certificates.
func (a *issuer) handle(mux *http.ServeMux, path string, answer func(payload []byte) (int, any, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		a.nonce(w)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.requests++
		payload, err := a.verify(r)
		var status int
		var body any
		if err == nil {
			status, body, err = answer(payload)
		}
		if err != nil {
			a.t.Logf("the authority refuses %s: %v", path, err)
			w.WriteHeader(http.StatusForbidden)
			writeJSON(w, map[string]string{"type": "urn:ietf:params:acme:error:malformed", "detail": err.Error()})
			return
		}
		w.Header().Set("Location", a.url+map[string]string{"/account": "/account/1", "/orders": "/order"}[path])
		if chain, ok := body.([]byte); ok {
			w.Header().Set("Content-Type", "application/pem-certificate-chain")
			w.Write(chain)
			return
		}
		w.WriteHeader(status)
		writeJSON(w, body)
	})
}

// verify reads a signed request (RFC 8555, section 6): by a key that comes
// along the first time, by the account's from then on.
func (a *issuer) verify(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	signed, err := jose.ParseSignedJSON(string(body), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	h := signed.Signatures[0].Protected
	if url := h.ExtraHeaders["url"]; url != a.url+r.URL.Path {
		return nil, fmt.Errorf("signed for %v", url)
	}
	if !a.nonces[h.Nonce] {
		return nil, errors.New("a nonce that is not ours, or not fresh")
	}
	delete(a.nonces, h.Nonce)
	key := a.account
	if h.JSONWebKey != nil && r.URL.Path == "/account" {
		key, a.account = h.JSONWebKey, h.JSONWebKey
	}
	if key == nil || h.JSONWebKey == nil && h.KeyID != a.url+"/account/1" {
		return nil, fmt.Errorf("no account %q", h.KeyID)
	}
	return signed.Verify(key)
}

func (a *issuer) newAccount(payload []byte) (int, any, error) {
	var req struct {
		Agreed  bool     `json:"termsOfServiceAgreed"`
		Contact []string `json:"contact"`
	}
	if err := json.Unmarshal(payload, &req); err != nil || !req.Agreed {
		return 0, nil, fmt.Errorf("the terms were not agreed to: %s", payload)
	}
	a.contact = req.Contact
	return http.StatusCreated, map[string]any{"status": "valid", "contact": req.Contact}, nil
}

func (a *issuer) newOrder(payload []byte) (int, any, error) {
	var req struct {
		Identifiers []struct {
			Type  string `json:"type"`
			Value string `json:"value"`
		} `json:"identifiers"`
	}
	if err := json.Unmarshal(payload, &req); err != nil || len(req.Identifiers) != 1 || req.Identifiers[0].Type != "dns" {
		return 0, nil, fmt.Errorf("not an order of one name: %s", payload)
	}
	a.name, a.proven, a.chain = req.Identifiers[0].Value, false, nil
	return http.StatusCreated, a.order(), nil
}

func (a *issuer) order() map[string]any {
	o := map[string]any{
		"status": "pending", "identifiers": []any{map[string]string{"type": "dns", "value": a.name}},
		"authorizations": []string{a.url + "/authorization"}, "finalize": a.url + "/finalize",
	}
	switch {
	case a.chain != nil:
		o["status"], o["certificate"] = "valid", a.url+"/certificate"
	case a.proven:
		o["status"] = "ready"
	}
	return o
}

func (a *issuer) status() string {
	if a.proven {
		return "valid"
	}
	return "pending"
}

func (a *issuer) challenge() map[string]any {
	return map[string]any{"type": "tls-alpn-01", "url": a.url + "/challenge", "token": challengeToken, "status": a.status()}
}

func (a *issuer) authorization() map[string]any {
	return map[string]any{
		"status": a.status(), "identifier": map[string]string{"type": "dns", "value": a.name}, "challenges": []any{a.challenge()},
	}
}

// validate knocks at the server, which must show a certificate that holds the
// account's key authorization (RFC 8737, section 3).
func (a *issuer) validate([]byte) (int, any, error) {
	conn, err := tls.Dial("tcp", a.host, &tls.Config{ServerName: a.name, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true})
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	print, err := a.account.Thumbprint(crypto.SHA256)
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256([]byte(challengeToken + "." + base64.RawURLEncoding.EncodeToString(print)))
	want, err := asn1.Marshal(sum[:])
	if err != nil {
		return 0, nil, err
	}
	state := conn.ConnectionState()
	leaf := state.PeerCertificates[0]
	for _, e := range leaf.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) && e.Critical && bytes.Equal(e.Value, want) &&
			state.NegotiatedProtocol == "acme-tls/1" && leaf.VerifyHostname(a.name) == nil {
			a.proven = true
			return http.StatusOK, a.challenge(), nil
		}
	}
	return 0, nil, errors.New("the server did not prove that it is the account's")
}

func (a *issuer) finalize(payload []byte) (int, any, error) {
	var req struct {
		CSR string `json:"csr"`
	}
	if err := json.Unmarshal(payload, &req); err != nil || !a.proven {
		return 0, nil, fmt.Errorf("nothing to finalize: %s", payload)
	}
	der, err := base64.RawURLEncoding.DecodeString(req.CSR)
	if err != nil {
		return 0, nil, err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil || len(csr.DNSNames) != 1 || csr.DNSNames[0] != a.name {
		return 0, nil, fmt.Errorf("a request for something else: %v", err)
	}
	a.chain = []byte(authority.The().Sign(a.t, csr.PublicKey, a.name))
	return http.StatusOK, a.order(), nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.MarshalWrite(w, v)
}
