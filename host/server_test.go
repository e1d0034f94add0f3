package host_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/audit"
	"gatehouse/backend/builtin"
	"gatehouse/gateway"
	"gatehouse/host"
	"gatehouse/mcp"
	"gatehouse/oauth/idp/dev"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// server is a host on a loopback port, with the development login and a tool.
type server struct {
	t       testing.TB
	url     string
	kv      store.KV
	handler http.Handler
}

type pair struct{ A, B float64 }

func start(t testing.TB, change func(*host.Config)) *server {
	t.Helper()
	return startOn(t, new(mem.KV), change)
}

func startOn(t testing.TB, kv store.KV, change func(*host.Config)) *server {
	t.Helper()
	return startWith(t, kv, change, func(*host.Parts) {})
}

// startWith starts a host with some parts replaced.
func startWith(t testing.TB, kv store.KV, change func(*host.Config), replace func(*host.Parts)) *server {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	s := &server{t: t, url: "http://" + srv.Listener.Addr().String(), kv: kv}
	c := host.Config{
		Name:         "Test",
		URLs:         []string{s.url},
		Dev:          true,
		Registration: true,
		Limits:       host.Limits{Body: 4 << 20, JSON: mcp.DefaultLimits, Sessions: 64, Streams: 32},
		Tokens:       host.Tokens{Access: time.Hour, RefreshIdle: 24 * time.Hour, Grant: 48 * time.Hour},
	}
	if change != nil {
		change(&c)
	}
	recorder := audit.NewRecorder(audit.Discard{}, audit.Options{})
	parts := host.Parts{
		Store:     kv,
		Keys:      store.NewKeyring(store.NewKey()),
		Audit:     recorder,
		Mounts:    []gateway.Mount{{Name: "math", Scopes: []string{"math"}, Backend: mathBackend(t)}},
		ScopeText: map[string]string{"math": "Calculate", "math:admin": "Wipe the slate"},
		Providers: []login.Provider{dev.Provider()},
		Log:       slog.New(slog.DiscardHandler),
		Version:   "test",
	}
	replace(&parts)
	h, err := host.New(c, parts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler, s.handler = h, h
	srv.Start()
	t.Cleanup(func() {
		h.EndStreams()
		srv.Close()
		h.Close()
		recorder.Close(context.Background())
	})
	return s
}

func mathBackend(t testing.TB) gateway.Backend {
	add := func(_ context.Context, in pair) (map[string]float64, error) {
		return map[string]float64{"sum": in.A + in.B}, nil
	}
	boom := func(context.Context, struct{}) (map[string]float64, error) { panic("boom") }
	var tools []builtin.Tool
	for name, made := range map[string]func() (builtin.Tool, error){
		"add":  func() (builtin.Tool, error) { return builtin.NewTool("add", "Adds.", add) },
		"boom": func() (builtin.Tool, error) { return builtin.NewTool("boom", "Panics.", boom) },
		"wipe": func() (builtin.Tool, error) {
			return builtin.NewTool("wipe", "Wipes.", boom, builtin.Scope("math:admin"))
		},
	} {
		tool, err := made()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tools = append(tools, tool)
	}
	b, err := builtin.NewTools("math", tools...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// person is somebody at a browser.
type person struct {
	*server
	name    string
	browser *http.Client
}

func (s *server) person(name string) *person {
	jar, _ := cookiejar.New(nil)
	return &person{s, name, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	client  string
}

const callback = "http://127.0.0.1:1/callback"

// connect walks the whole road: registration, login, consent, tokens.
func (p *person) connect(scope string) tokens {
	p.t.Helper()
	client := p.registered()
	verifier := rand.Text() + rand.Text()
	code := p.approve(client, verifier, scope)
	return p.redeem(client, verifier, code)
}

func (s *server) registered() string {
	s.t.Helper()
	status, body := s.send("POST", "/register", "", `{"client_name":"Tester","redirect_uris":["`+callback+`"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}`, nil)
	var c struct {
		ID string `json:"client_id"`
	}
	if status != 201 || json.Unmarshal([]byte(body), &c) != nil || c.ID == "" {
		s.t.Fatalf("register = %d %s", status, body)
	}
	return c.ID
}

// approve sends the browser to /authorize, logs in, approves, and returns the
// code.
func (p *person) approve(client, verifier, scope string) string {
	p.t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s7"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"resource": {p.url + "/mcp"},
	}
	if scope != "" {
		q.Set("scope", scope)
	}
	next := p.url + "/authorize?" + q.Encode()
	for range 12 {
		res, err := p.browser.Get(next)
		if err != nil {
			p.t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK {
			res = p.submit(res)
		}
		if res.StatusCode != http.StatusSeeOther {
			body, _ := io.ReadAll(res.Body)
			p.t.Fatalf("%s = %d %s", next, res.StatusCode, body)
		}
		res.Body.Close()
		to, err := res.Location()
		if err != nil {
			p.t.Fatal(err)
		}
		if to.Host == "127.0.0.1:1" {
			if got := to.Query(); got.Get("state") != "s7" || got.Get("iss") != p.url {
				p.t.Fatalf("redirect = %s", to)
			}
			return to.Query().Get("code")
		}
		next = to.String()
	}
	p.t.Fatal("the road has no end")
	return ""
}

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputs = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	attr   = regexp.MustCompile(`(name|value|type)="([^"]*)"`)
)

// submit fills in the form of a page as a person would, and sends it.
func (p *person) submit(res *http.Response) *http.Response {
	p.t.Helper()
	page, _ := io.ReadAll(res.Body)
	res.Body.Close()
	for _, form := range forms.FindAllStringSubmatch(string(page), -1) {
		action := html.UnescapeString(form[1])
		if !strings.HasSuffix(action, "/consent") && !strings.Contains(action, "/login/") {
			continue
		}
		values := url.Values{}
		for _, in := range inputs.FindAllString(form[2], -1) {
			a := map[string]string{}
			for _, m := range attr.FindAllStringSubmatch(in, -1) {
				a[m[1]] = html.UnescapeString(m[2])
			}
			switch {
			case a["name"] == "" || a["value"] == "deny":
			case a["type"] == "password":
				values.Set(a["name"], "anything")
			case a["type"] == "hidden" || a["value"] == "approve":
				values.Set(a["name"], a["value"])
			default:
				values.Set(a["name"], p.name)
			}
		}
		at, _ := res.Request.URL.Parse(action)
		req, _ := http.NewRequest("POST", at.String(), strings.NewReader(values.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.url)
		res, err := p.browser.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		return res
	}
	p.t.Fatalf("no form to fill in: %s", page)
	return nil
}

func (s *server) redeem(client, verifier, code string) tokens {
	s.t.Helper()
	got := s.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_id": {client},
		"redirect_uri": {callback}, "code_verifier": {verifier}, "resource": {s.url + "/mcp"}})
	if got.Access == "" || got.Refresh == "" {
		s.t.Fatal("no tokens")
	}
	got.client = client
	return got
}

func (s *server) token(form url.Values) (got tokens) {
	s.t.Helper()
	status, body := s.send("POST", "/token", "", form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if status == 200 {
		if err := json.Unmarshal([]byte(body), &got, json.RejectUnknownMembers(false)); err != nil {
			s.t.Fatal(err)
		}
	}
	return got
}

// send makes one request and returns its status and body.
func (s *server) send(method, path, token, body string, header http.Header) (int, string) {
	s.t.Helper()
	status, _, text := s.sendAll(method, path, token, body, header)
	return status, text
}

func (s *server) sendAll(method, path, token, body string, header http.Header) (int, http.Header, string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	for k, v := range header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

// modernCall is the body of a call of revision 2026-07-28.
const modernCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,` +
	`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`

// modern calls a tool as a client of 2026-07-28 does.
func (s *server) modern(token, tool, arguments string) (int, http.Header, string) {
	s.t.Helper()
	return s.sendAll("POST", "/mcp", token, fmt.Sprintf(modernCall, tool, arguments),
		http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {tool}})
}

// session opens a legacy session and returns its id.
func (s *server) session(token string) string {
	s.t.Helper()
	status, header, body := s.sendAll("POST", "/mcp", token, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, nil)
	if status != 200 {
		s.t.Fatalf("initialize = %d %s", status, body)
	}
	return header.Get("Mcp-Session-Id")
}

func (s *server) legacy(token, session, tool, arguments string) (int, string) {
	s.t.Helper()
	return s.send("POST", "/mcp", token, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments),
		http.Header{"Mcp-Session-Id": {session}, "Mcp-Protocol-Version": {"2025-11-25"}})
}
