// Package provider plays those who log people in elsewhere: an OpenID Connect
// provider, and GitHub. They ask nobody anything: whoever is set is logged in.
package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"sync"

	"github.com/go-json-experiment/json"
)

// Credentials of the server at the providers. The secret has characters that
// must be encoded on their way.
const (
	ClientID     = "gatehouse"
	ClientSecret = "s3cret: %+&/"
)

// Member is somebody whom a provider knows.
type Member struct {
	Subject, Name, Email string
	Verified             bool
}

// flow is the code flow as both kinds of provider have it: it logs in whoever
// is set, without a question, and holds the server to its proof key (RFC 7636).
type flow struct {
	mu     sync.Mutex
	who    Member
	issued map[string]issued // by code
}

type issued struct {
	who   Member
	query url.Values // of the request
}

// Set says who is logged in from now on.
func (f *flow) Set(who Member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.who = who
}

func (f *flow) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != ClientID || q.Get("state") == "" || q.Get("code_challenge_method") != "S256" {
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

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.MarshalWrite(w, v)
}
