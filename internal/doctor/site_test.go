package doctor

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-json-experiment/json"

	"gatehouse/mcp"
)

const (
	endpoint   = "https://mcp.example/mcp"
	issuer     = "https://auth.example"
	validToken = "a-valid-token"
)

// site is an endpoint and its authorization server, both in order. A test
// breaks one thing of it.
type site struct {
	challenge string
	resource  map[string]any
	server    map[string]any
	// instead answers some requests, by method, host and path, in place of the
	// site.
	instead map[string]http.HandlerFunc
	// asked are the queries and bodies that arrived first, by the same key.
	asked map[string]string
}

func newSite() *site {
	return &site{
		challenge: `Bearer resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp", scope="math"`,
		resource: map[string]any{
			"resource":              endpoint,
			"authorization_servers": []string{issuer},
		},
		server: map[string]any{
			"issuer":                           issuer,
			"authorization_endpoint":           issuer + "/authorize",
			"token_endpoint":                   issuer + "/token",
			"registration_endpoint":            issuer + "/register",
			"code_challenge_methods_supported": []string{"S256"},
			"authorization_response_iss_parameter_supported": true,
		},
		instead: make(map[string]http.HandlerFunc),
		asked:   make(map[string]string),
	}
}

// RoundTrip makes the site its own network: no port is opened for it.
func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ServeHTTP(rec, r)
	}()
	select {
	case <-done:
		resp := rec.Result()
		resp.Request = r
		return resp, nil
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.URL.Host + r.URL.Path
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if _, seen := s.asked[key]; !seen {
		s.asked[key] = r.URL.RawQuery + string(body)
	}
	if handler, ok := s.instead[key]; ok {
		handler(w, r)
		return
	}
	switch key {
	case "POST mcp.example/mcp", "GET mcp.example/mcp", "DELETE mcp.example/mcp":
		s.endpoint(w, r, body)
	case "GET mcp.example/.well-known/oauth-protected-resource/mcp":
		answer(w, 200, s.resource)
	case "GET auth.example/.well-known/oauth-authorization-server":
		answer(w, 200, s.server)
	case "POST auth.example/register":
		answer(w, 201, map[string]any{"client_id": "c1", "token_endpoint_auth_method": "none"})
	case "GET auth.example/authorize":
		s.authorize(w, r)
	case "POST auth.example/token":
		answer(w, 200, map[string]any{"access_token": validToken, "token_type": "Bearer", "expires_in": 900, "refresh_token": "r"})
	default:
		http.NotFound(w, r)
	}
}

// authorize shows a page, unless the answer would go to a stranger.
func (s *site) authorize(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("redirect_uri") == elsewhere {
		http.Error(w, "unknown redirect", 400)
		return
	}
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	page("<h1>Log in</h1>")(w, r)
}

func (s *site) endpoint(w http.ResponseWriter, r *http.Request, body []byte) {
	switch r.Header.Get("Authorization") {
	case "":
		w.Header().Set("WWW-Authenticate", s.challenge)
		w.WriteHeader(401)
		return
	case "Bearer " + validToken:
	default:
		w.Header().Set("WWW-Authenticate", s.challenge+`, error="invalid_token"`)
		w.WriteHeader(401)
		return
	}
	if r.Method == http.MethodDelete {
		return
	}
	converse(w, body)
}

// converse answers what the doctor asks, in both eras.
func converse(w http.ResponseWriter, body []byte) {
	m, err := mcp.Decode(body)
	if err != nil {
		w.WriteHeader(400)
		return
	}
	var result string
	switch m.Method {
	case mcp.MethodInitialize:
		w.Header().Set("Mcp-Session-Id", "s1")
		result = `{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"fake","version":"1"}}`
	case mcp.MethodDiscover:
		result = `{"resultType":"complete","supportedVersions":["2026-07-28"],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fake"}}}`
	case mcp.MethodToolsList:
		result = `{"tools":[{"name":"add"},{"name":"divide"}]}`
	default:
		w.WriteHeader(202)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n")
	io.WriteString(w, "event: message\ndata: "+string(mcp.AppendResult(nil, m.ID, []byte(result)))+"\n\n")
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.MarshalWrite(w, v)
}

// Answers that a test puts in place of the site's own.

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

func page(html string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, html)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusSeeOther) }
}

func says(status int, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(w, status, v) }
}

func silence(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
