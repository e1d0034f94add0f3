package worker

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

// site is a server as a client sees it.
type site struct {
	url    string
	client *http.Client
}

func newSite(url string) site {
	return site{url, &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// begin sends a request, and returns when the header of the answer is there.
func (s site) begin(ctx context.Context, method, path, body string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header
	return s.client.Do(req)
}

// reply is an answer that came whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.status, r.body) }

// send may be called by many at once. If no answer comes the test has failed.
func (s site) send(t *testing.T, method, path, body string, header http.Header) reply {
	t.Helper()
	res, err := s.begin(t.Context(), method, path, body, header)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return reply{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

// connect registers a client, and returns ada's token for it.
func (s site) connect(t *testing.T, scopes string) string {
	t.Helper()
	return s.road(t, s.register(t), "ada", scopes)
}

func (s site) register(t *testing.T) (id string) {
	t.Helper()
	r := s.send(t, "POST", "/register", `{"client_name":"Tester","redirect_uris":["`+callback+`"],"token_endpoint_auth_method":"none"}`,
		http.Header{"Content-Type": {"application/json"}})
	var client struct {
		ID string `json:"client_id"`
	}
	if err := json.Unmarshal([]byte(r.body), &client); err != nil || client.ID == "" {
		t.Fatalf("register = %v", r)
	}
	return client.ID
}

// authorizeURL is where the client sends the browser.
func (s site) authorizeURL(client, scopes, verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return s.url + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s7"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"resource": {s.url + "/mcp"}, "scope": {scopes},
	}.Encode()
}

// road has somebody log in and approve, and returns the token of the client.
func (s site) road(t *testing.T, client, name, scopes string) string {
	t.Helper()
	verifier := newVerifier()
	away, err := person.New(name).Follow(t.Context(), s.authorizeURL(client, scopes, verifier))
	if err != nil {
		t.Fatal(err)
	}
	return s.redeem(t, client, verifier, away)
}

func newVerifier() string { return rand.Text() + rand.Text() }

// redeem returns the token for the code that the browser has brought.
func (s site) redeem(t *testing.T, client, verifier string, away *url.URL) string {
	t.Helper()
	q := away.Query()
	if q.Get("state") != "s7" || q.Get("iss") != s.url || q.Get("code") == "" {
		t.Fatalf("the redirect is %s", away)
	}
	r := s.send(t, "POST", "/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {client}, "code": {q.Get("code")},
		"redirect_uri": {callback}, "code_verifier": {verifier}, "resource": {s.url + "/mcp"},
	}.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &token); err != nil || token.Access == "" {
		t.Fatalf("redeem = %v", r)
	}
	return token.Access
}

func bearer(token string) http.Header {
	return http.Header{
		"Authorization": {"Bearer " + token},
		"Content-Type":  {"application/json"},
		"Accept":        {"application/json, text/event-stream"},
	}
}

// modern is a call as a client of 2026-07-28 makes it, with a token for its
// progress.
func modern(token, tool, arguments string) (body string, header http.Header) {
	header = bearer(token)
	header.Set("Mcp-Protocol-Version", "2026-07-28")
	header.Set("Mcp-Method", "tools/call")
	header.Set("Mcp-Name", tool)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"progressToken":1,`+
		`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},`+
		`"io.modelcontextprotocol/clientCapabilities":{}}}}`, tool, arguments), header
}

func (s site) call(t *testing.T, token, tool, arguments string) reply {
	t.Helper()
	body, header := modern(token, tool, arguments)
	return s.send(t, "POST", "/mcp", body, header)
}

// session opens a session of 2025-11-25, and returns the header of its calls.
func (s site) session(t *testing.T, token string) http.Header {
	t.Helper()
	r := s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":0,"method":"initialize","params":`+
		`{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, bearer(token))
	id := r.header.Get("Mcp-Session-Id")
	if r.status != http.StatusOK || id == "" {
		t.Fatalf("initialize = %v", r)
	}
	header := bearer(token)
	header.Set("Mcp-Session-Id", id)
	header.Set("Mcp-Protocol-Version", "2025-11-25")
	return header
}
