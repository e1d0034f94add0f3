package road

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/person"
)

// Callback is where the browser is sent back to. Nobody listens there: the
// code is read from the address.
const Callback = "http://127.0.0.1:1/callback"

// Registration is how a client makes itself known.
const Registration = `{"client_name":"Tester","redirect_uris":["` + Callback + `"],` +
	`"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}`

// Register returns the id of a new client; it is empty unless the answer was
// a 201.
func (s Site) Register(ctx context.Context) (id string, r Reply, err error) {
	r, err = s.Send(ctx, Request{Path: "/register", Body: Registration})
	if err != nil || r.Status != http.StatusCreated {
		return "", r, err
	}
	var c struct {
		ID string `json:"client_id"`
	}
	err = json.Unmarshal([]byte(r.Body), &c)
	return c.ID, r, err
}

// Registered returns the id of a new client.
func (s Site) Registered(t testing.TB) (id string) {
	t.Helper()
	id, r, err := s.Register(t.Context())
	if id == "" {
		t.Fatalf("register = %v, %v", r, err)
	}
	return id
}

// Way is the way of one client to its tokens.
type Way struct {
	Site
	Client   string // its id
	Scope    string // what is asked for; if it is empty, what the client was registered for
	Verifier string
}

// Way returns a way that nobody has gone.
func (s Site) Way(client, scope string) Way {
	return Way{s, client, scope, rand.Text() + rand.Text()}
}

// Start is where the client sends the browser.
func (w Way) Start() string { return w.URL + w.path() }

func (w Way) path() string {
	sum := sha256.Sum256([]byte(w.Verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {w.Client}, "redirect_uri": {Callback}, "state": {"s7"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"resource": {w.URL + "/mcp"},
	}
	if w.Scope != "" {
		q.Set("scope", w.Scope)
	}
	return "/authorize?" + q.Encode()
}

// Knock opens the first page of the way, as a browser that nobody sits at.
func (w Way) Knock(ctx context.Context) (Reply, error) {
	return w.Send(ctx, Request{Method: http.MethodGet, Path: w.path()})
}

// Approve has somebody log in and approve, and returns the code.
func (w Way) Approve(ctx context.Context, who *person.Person) (code string, err error) {
	away, err := who.Follow(ctx, w.Start())
	if err != nil {
		return "", err
	}
	return w.Code(away)
}

// Code returns the code in the redirect that the browser ended with.
func (w Way) Code(away *url.URL) (string, error) {
	q := away.Query()
	if q.Get("state") != "s7" || q.Get("iss") != w.URL || q.Get("code") == "" {
		return "", fmt.Errorf("the redirect is %s", away)
	}
	return q.Get("code"), nil
}

// Tokens are what /token answers.
type Tokens struct {
	Reply   `json:"-"`
	Client  string `json:"-"` // whose they are
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
}

// Redeem asks for the tokens of a code.
func (w Way) Redeem(ctx context.Context, code string) (Tokens, error) {
	return w.token(ctx, url.Values{"grant_type": {"authorization_code"}, "client_id": {w.Client}, "code": {code},
		"redirect_uri": {Callback}, "code_verifier": {w.Verifier}, "resource": {w.URL + "/mcp"}})
}

// Refresh asks for the successors of a client's tokens.
func (s Site) Refresh(ctx context.Context, client, token string) (Tokens, error) {
	return s.token(ctx, url.Values{"grant_type": {"refresh_token"}, "client_id": {client}, "refresh_token": {token}})
}

func (s Site) token(ctx context.Context, form url.Values) (Tokens, error) {
	r, err := s.Send(ctx, Form("/token", form))
	got := Tokens{Reply: r, Client: form.Get("client_id")}
	if err == nil {
		err = json.Unmarshal([]byte(r.Body), &got)
	}
	return got, err
}

// Form is the request that sends a form.
func Form(path string, form url.Values) Request {
	return Request{Path: path, Body: form.Encode(), Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
}

// Connect walks the whole road with somebody, for a client of her own.
func (s Site) Connect(t testing.TB, who *person.Person, scope string) Tokens {
	t.Helper()
	return s.Way(s.Registered(t), scope).Walk(t, who)
}

// Walk has somebody go the way to its end.
func (w Way) Walk(t testing.TB, who *person.Person) Tokens {
	t.Helper()
	return w.Redeemed(t, w.Approved(t, who))
}

// Approved has somebody log in and approve, and returns the code.
func (w Way) Approved(t testing.TB, who *person.Person) (code string) {
	t.Helper()
	code, err := w.Approve(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Redeemed returns the tokens of a code.
func (w Way) Redeemed(t testing.TB, code string) Tokens {
	t.Helper()
	got, err := w.Redeem(t.Context(), code)
	if err != nil || got.Status != http.StatusOK || got.Access == "" {
		t.Fatalf("redeem = %v, %v", got.Reply, err)
	}
	return got
}

// Finish takes the redirect that the browser ended with.
func (w Way) Finish(t testing.TB, away *url.URL) Tokens {
	t.Helper()
	code, err := w.Code(away)
	if err != nil {
		t.Fatal(err)
	}
	return w.Redeemed(t, code)
}
