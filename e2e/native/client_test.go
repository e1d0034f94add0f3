package native

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/person"
)

const callback = "http://127.0.0.1:1/callback"

// site is a server as a client sees it. Its methods can be used by many at
// once, and return an error only if no answer came.
type site struct {
	url    string
	client *http.Client
}

func newSite(url string) site {
	return site{url, &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 128},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is an answer that came whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.status, r.body) }

func (s site) send(ctx context.Context, method, path, token, body string, header http.Header) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	for name, values := range header {
		req.Header[name] = values
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(text)}, err
}

const registration = `{"client_name":"Tester","redirect_uris":["` + callback + `"],` +
	`"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}`

// register returns the id of a new client; it is empty unless the answer was
// a 201.
func (s site) register(ctx context.Context) (id string, r reply, err error) {
	r, err = s.send(ctx, "POST", "/register", "", registration, nil)
	if err != nil || r.status != http.StatusCreated {
		return "", r, err
	}
	var c struct {
		ID string `json:"client_id"`
	}
	err = json.Unmarshal([]byte(r.body), &c)
	return c.ID, r, err
}

func newVerifier() string { return rand.Text() + rand.Text() }

// authorizeURL is where the client sends the browser.
func (s site) authorizeURL(client, verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return s.url + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s7"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"resource": {s.url + "/mcp"}, "scope": {"math"},
	}.Encode()
}

// approve has somebody log in and approve, and returns the code.
func (s site) approve(ctx context.Context, who *person.Person, client, verifier string) (string, error) {
	away, err := who.Follow(ctx, s.authorizeURL(client, verifier))
	if err != nil {
		return "", err
	}
	if q := away.Query(); q.Get("state") != "s7" || q.Get("iss") != s.url || q.Get("code") == "" {
		return "", fmt.Errorf("the redirect is %s", away)
	}
	return away.Query().Get("code"), nil
}

// tokens are what /token answers.
type tokens struct {
	reply   `json:"-"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

func (s site) token(ctx context.Context, form url.Values) (tokens, error) {
	r, err := s.send(ctx, "POST", "/token", "", form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	got := tokens{reply: r}
	if err == nil {
		err = json.Unmarshal([]byte(r.body), &got)
	}
	return got, err
}

func (s site) redeem(ctx context.Context, client, verifier, code string) (tokens, error) {
	return s.token(ctx, url.Values{"grant_type": {"authorization_code"}, "client_id": {client}, "code": {code},
		"redirect_uri": {callback}, "code_verifier": {verifier}, "resource": {s.url + "/mcp"}})
}

func (s site) refresh(ctx context.Context, client, token string) (tokens, error) {
	return s.token(ctx, url.Values{"grant_type": {"refresh_token"}, "client_id": {client}, "refresh_token": {token}})
}

// modern calls a tool as a client of 2026-07-28 does.
func (s site) modern(ctx context.Context, token, tool, arguments string) (reply, error) {
	return s.send(ctx, "POST", "/mcp", token,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,%s}}`, tool, arguments, meta),
		http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {tool}})
}

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
	`"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

const initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":` +
	`{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// initialize opens a legacy session and returns its id; it is empty unless the
// answer was a 200.
func (s site) initialize(ctx context.Context, token string) (id string, r reply, err error) {
	r, err = s.send(ctx, "POST", "/mcp", token, initialize, nil)
	if err != nil || r.status != http.StatusOK {
		return "", r, err
	}
	return r.header.Get("Mcp-Session-Id"), r, nil
}

// legacy calls a tool in a session.
func (s site) legacy(ctx context.Context, token, session, id, tool, arguments string) (reply, error) {
	return s.send(ctx, "POST", "/mcp", token,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, tool, arguments),
		http.Header{"Mcp-Session-Id": {session}, "Mcp-Protocol-Version": {"2025-11-25"}})
}

// adds reports whether the answer to add is this sum.
func adds(r reply, sum int) bool {
	return r.status == http.StatusOK && strings.Contains(r.body, fmt.Sprintf(`{"result":%d}`, sum))
}

// connect walks the whole road for somebody, and fails the test if it has a
// hole.
func (s site) connect(t *testing.T, name string) (client string, got tokens) {
	t.Helper()
	client, verifier, code := s.approved(t, name)
	got, err := s.redeem(t.Context(), client, verifier, code)
	if err != nil || got.status != http.StatusOK {
		t.Fatalf("redeem = %v, %v", got.reply, err)
	}
	return client, got
}

// approved walks the road up to the code.
func (s site) approved(t *testing.T, name string) (client, verifier, code string) {
	t.Helper()
	client, r, err := s.register(t.Context())
	if client == "" {
		t.Fatalf("register = %v, %v", r, err)
	}
	verifier = newVerifier()
	code, err = s.approve(t.Context(), person.New(name), client, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return client, verifier, code
}
