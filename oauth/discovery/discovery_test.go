package discovery

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

func config(issuer string) Config {
	return Config{
		Issuer: issuer, Name: "Gatehouse", Resources: []string{"/mcp", "/sse", ""},
		Scopes:            []string{"math", oauth.OfflineAccess},
		AllScopes:         []string{"math", oauth.OfflineAccess},
		GrantTypes:        []string{oauth.GrantCode, oauth.GrantRefresh, oauth.GrantClientCredentials},
		AuthMethods:       []string{oauth.AuthNone, oauth.AuthBasic, oauth.AuthPost, oauth.AuthPrivateKeyJWT},
		SigningAlgorithms: []string{"ES256"},
		Registration:      true, Documents: true,
	}
}

func newHandler(t *testing.T, c Config) *Handler {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func serve(h *Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "http://forged.example"+path, nil)
	r.Header.Set("X-Forwarded-Host", "forged.example")
	httpx.Serve(h.Serve, oauth.Render).ServeHTTP(w, r)
	return w
}

func TestPaths(t *testing.T) {
	tests := []struct {
		issuer string
		paths  []string
	}{
		{"https://mcp.example", []string{
			"/.well-known/oauth-authorization-server",
			"/.well-known/oauth-protected-resource",
			"/.well-known/oauth-protected-resource/mcp",
			"/.well-known/oauth-protected-resource/sse",
			"/.well-known/openid-configuration",
		}},
		{"https://mcp.example/base", []string{
			"/.well-known/oauth-authorization-server/base",
			"/.well-known/oauth-protected-resource/base",
			"/.well-known/oauth-protected-resource/base/mcp",
			"/.well-known/oauth-protected-resource/base/sse",
			"/.well-known/openid-configuration/base",
			"/base/.well-known/openid-configuration",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.issuer, func(t *testing.T) {
			h := newHandler(t, config(tt.issuer))
			if got := h.Paths(); !slices.Equal(got, tt.paths) {
				t.Errorf("paths = %q", got)
			}
			for _, path := range tt.paths {
				w := serve(h, http.MethodGet, path)
				head := w.Header()
				if w.Code != 200 || head.Get("Content-Type") != "application/json" || head.Get("Access-Control-Allow-Origin") != "*" {
					t.Errorf("%s = %d %v", path, w.Code, head)
				}
				if strings.Contains(w.Body.String(), "forged") {
					t.Errorf("%s repeats the request: %s", path, w.Body)
				}
			}
		})
	}
}

func TestServerMetadata(t *testing.T) {
	h := newHandler(t, config("https://mcp.example/base"))
	w := serve(h, http.MethodGet, "/.well-known/oauth-authorization-server/base")
	const want = `{"issuer":"https://mcp.example/base",` +
		`"authorization_endpoint":"https://mcp.example/base/authorize",` +
		`"token_endpoint":"https://mcp.example/base/token",` +
		`"registration_endpoint":"https://mcp.example/base/register",` +
		`"revocation_endpoint":"https://mcp.example/base/revoke",` +
		`"introspection_endpoint":"https://mcp.example/base/introspect",` +
		`"scopes_supported":["math","offline_access"],` +
		`"response_types_supported":["code"],"response_modes_supported":["query"],` +
		`"grant_types_supported":["authorization_code","refresh_token","client_credentials"],` +
		`"token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],` +
		`"token_endpoint_auth_signing_alg_values_supported":["ES256"],` +
		`"revocation_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],` +
		`"revocation_endpoint_auth_signing_alg_values_supported":["ES256"],` +
		`"introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],` +
		`"introspection_endpoint_auth_signing_alg_values_supported":["ES256"],` +
		`"code_challenge_methods_supported":["S256"],` +
		`"authorization_response_iss_parameter_supported":true,` +
		`"client_id_metadata_document_supported":true,` +
		`"protected_resources":["https://mcp.example/base/mcp","https://mcp.example/base/sse","https://mcp.example/base"]}`
	if got := w.Body.String(); got != want {
		t.Errorf("metadata =\n%s\nwant\n%s", got, want)
	}
	for _, path := range []string{"/.well-known/openid-configuration/base", "/base/.well-known/openid-configuration"} {
		if got := serve(h, http.MethodGet, path).Body.String(); got != want {
			t.Errorf("%s is another document: %s", path, got)
		}
	}
}

func TestWhatIsOffIsNotAdvertised(t *testing.T) {
	c := config("https://mcp.example")
	c.Registration, c.Documents, c.SigningAlgorithms = false, false, nil
	text := serve(newHandler(t, c), http.MethodGet, "/.well-known/oauth-authorization-server").Body.String()
	for _, member := range []string{"registration_endpoint", "client_id_metadata_document_supported", "signing_alg", "jwks_uri", "dpop", "openid"} {
		if strings.Contains(text, member) {
			t.Errorf("metadata has %s: %s", member, text)
		}
	}
}

func TestResourceMetadata(t *testing.T) {
	h := newHandler(t, config("https://mcp.example/base"))
	for path, want := range map[string]string{
		"/mcp": "https://mcp.example/base/mcp",
		"/sse": "https://mcp.example/base/sse",
		"":     "https://mcp.example/base",
	} {
		var got struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Methods  []string `json:"bearer_methods_supported"`
			Scopes   []string `json:"scopes_supported"`
		}
		where := MetadataURL("https://mcp.example/base", path)
		body := serve(h, http.MethodGet, strings.TrimPrefix(where, "https://mcp.example")).Body
		if err := json.Unmarshal(body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Resource != want || !slices.Equal(got.Servers, []string{"https://mcp.example/base"}) ||
			!slices.Equal(got.Methods, []string{"header"}) || !slices.Equal(got.Scopes, []string{"math"}) {
			t.Errorf("metadata of %q = %s", path, body)
		}
	}
}

func TestMethodsAndStrangePaths(t *testing.T) {
	h := newHandler(t, config("https://mcp.example"))
	const known = "/.well-known/oauth-authorization-server"
	tests := []struct {
		method, path string
		status       int
	}{
		{"GET", known, 200},
		{"HEAD", known, 200},
		{"OPTIONS", known, 204},
		{"POST", known, 405},
		{"DELETE", known, 405},
		{"GET", known + "/mcp", 404},
		{"GET", known + "/", 404},
		{"GET", "/.well-known/oauth-protected-resource/anything", 404},
		{"GET", "/.well-known/oauth-protected-resource/", 404},
		{"GET", "/.well-known/jwks.json", 404},
		{"GET", "/mcp/.well-known/openid-configuration", 404},
		{"GET", "/.well-known/", 404},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			w := serve(h, tt.method, tt.path)
			if w.Code != tt.status || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("answer = %d %v", w.Code, w.Header())
			}
		})
	}
}

func TestIssuersThatCannotBeOne(t *testing.T) {
	for _, issuer := range []string{"", "mcp.example", "https://", "https://mcp.example/", "https://mcp.example?a", "https://mcp.example#a"} {
		if _, err := New(Config{Issuer: issuer}); err == nil {
			t.Errorf("New with issuer %q = nil error", issuer)
		}
	}
}
