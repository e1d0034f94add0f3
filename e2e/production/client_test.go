package production

import (
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
	return site{url, &http.Client{
		Timeout:       20 * time.Second,
		Transport:     trusting(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// person is somebody whose browser trusts what the client trusts.
func (s site) person(name string) *person.Person {
	p := person.New(name)
	p.Client.Transport = s.client.Transport
	return p
}

// reply is an answer that came whole.
type reply struct {
	status int
	proto  string
	header http.Header
	body   string
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.status, r.body) }

// has reports whether the answer has the status and the words.
func (r reply) has(status int, words string) bool {
	return r.status == status && strings.Contains(r.body, words)
}

func (s site) send(t *testing.T, method, path, body string, header http.Header) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Proto, res.Header, string(text)}
}

func (s site) get(t *testing.T, path string) reply {
	t.Helper()
	return s.send(t, http.MethodGet, path, "", nil)
}

// post sends a form, as a client that authenticates by header.
func (s site) post(t *testing.T, path string, form url.Values, header http.Header) reply {
	t.Helper()
	all := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, values := range header {
		all[name] = values
	}
	return s.send(t, http.MethodPost, path, form.Encode(), all)
}

// registration is how a client makes itself known.
const registration = `{"client_name":"Tester","redirect_uris":["` + callback + `"],` +
	`"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}`

func (s site) tryRegister(t *testing.T, header http.Header) reply {
	t.Helper()
	all := http.Header{"Content-Type": {"application/json"}}
	for name, values := range header {
		all[name] = values
	}
	return s.send(t, http.MethodPost, "/register", registration, all)
}

func (s site) register(t *testing.T) (id string) {
	t.Helper()
	r := s.tryRegister(t, nil)
	var c struct {
		ID string `json:"client_id"`
	}
	if err := json.Unmarshal([]byte(r.body), &c); err != nil || r.status != http.StatusCreated {
		t.Fatalf("register = %v", r)
	}
	return c.ID
}

// road is the way of one client to a token.
type road struct {
	site
	client, verifier string
}

func (s site) road(client string) road { return road{s, client, rand.Text() + rand.Text()} }

// start is where the client sends the browser.
func (r road) start() string {
	sum := sha256.Sum256([]byte(r.verifier))
	return r.url + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {r.client}, "redirect_uri": {callback}, "state": {"s7"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"resource": {r.url + "/mcp"}, "scope": {"math whoami"},
	}.Encode()
}

// tokens are what /token answers.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

// redeem takes the redirect that the browser ended with.
func (r road) redeem(t *testing.T, away *url.URL) tokens {
	t.Helper()
	q := away.Query()
	if q.Get("state") != "s7" || q.Get("iss") != r.url || q.Get("code") == "" {
		t.Fatalf("the redirect is %s", away)
	}
	return readTokens(t, r.post(t, "/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {r.client},
		"code": {q.Get("code")}, "redirect_uri": {callback}, "code_verifier": {r.verifier}, "resource": {r.url + "/mcp"}}, nil))
}

func readTokens(t *testing.T, r reply) (got tokens) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != http.StatusOK || got.Access == "" {
		t.Fatalf("/token = %v", r)
	}
	return got
}

// connect walks the whole road for somebody who logs in by a form.
func (s site) connect(t *testing.T, who *person.Person) tokens {
	t.Helper()
	r := s.road(s.register(t))
	away, err := who.Follow(t.Context(), r.start())
	if err != nil {
		t.Fatal(err)
	}
	return r.redeem(t, away)
}

// call calls whoami.
func (s site) call(t *testing.T, token string) reply {
	t.Helper()
	return s.send(t, http.MethodPost, "/mcp",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{},"_meta":{`+
			`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},`+
			`"io.modelcontextprotocol/clientCapabilities":{}}}}`,
		http.Header{
			"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"},
			"Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {"2026-07-28"},
			"Mcp-Method": {"tools/call"}, "Mcp-Name": {"whoami"},
		})
}

// wantCaller makes sure that the token is good, and whose it is.
func (s site) wantCaller(t *testing.T, token, name string) {
	t.Helper()
	if r := s.call(t, token); !r.has(http.StatusOK, `"structuredContent":{"name":"`+name+`"`) {
		t.Errorf("whoami = %v, want %s", r, name)
	}
}

// refuses reports whether the token is no longer good.
func (s site) refuses(t *testing.T, token string) bool {
	t.Helper()
	return s.call(t, token).status == http.StatusUnauthorized
}
