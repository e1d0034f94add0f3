package register

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
	"gatehouse/store/mem"
)

func newHandler(perHour int) (*Handler, *clients.Registry) {
	registry := &clients.Registry{Table: clients.NewTable(new(mem.KV)), Max: 100, Now: time.Now}
	return &Handler{Registry: registry, PrivateSchemes: []string{"cursor"}, PerAddress: NewPerAddress(perHour, time.Now)}, registry
}

func post(h *Handler, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/register", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	httpx.Serve(h.Serve, oauth.Render).ServeHTTP(w, r)
	return w
}

type registered struct {
	ID              string   `json:"client_id"`
	Issued          int64    `json:"client_id_issued_at"`
	Secret          string   `json:"client_secret"`
	SecretExpires   *int64   `json:"client_secret_expires_at"`
	Name            string   `json:"client_name"`
	Redirects       []string `json:"redirect_uris"`
	Grants          []string `json:"grant_types"`
	Responses       []string `json:"response_types"`
	Method          string   `json:"token_endpoint_auth_method"`
	ApplicationType string   `json:"application_type"`
}

func register(t *testing.T, h *Handler, body string) registered {
	t.Helper()
	w := post(h, body)
	var got registered
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("answer = %d %s (%v)", w.Code, w.Body, err)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control = %q", w.Header().Get("Cache-Control"))
	}
	return got
}

func TestRegisterPublicClient(t *testing.T) {
	h, registry := newHandler(0)
	got := register(t, h, `{"client_name":"Inspector","redirect_uris":["http://127.0.0.1:6276/oauth/callback","cursor://x/cb"],
		"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none",
		"application_type":"native","scope":"math","software_statement":"x","contacts":["a@b"]}`)
	if got.Secret != "" || got.SecretExpires != nil || got.Method != "none" || len(got.Grants) != 2 || got.ApplicationType != "native" ||
		got.Name != "Inspector" || len(got.Redirects) != 2 || len(got.Responses) != 1 || got.Issued == 0 {
		t.Errorf("answer = %+v", got)
	}
	c, err := registry.Find(t.Context(), got.ID)
	if err != nil || c.Origin != oauth.Registered || !c.Public() || len(c.Scopes) != 0 || !c.SecretHash.IsZero() {
		t.Errorf("client = %+v, %v", c, err)
	}
	if left := c.Expires.Sub(c.Created); left != 24*time.Hour {
		t.Errorf("unused it is kept for %v", left)
	}
}

func TestRegisterConfidentialClient(t *testing.T) {
	for _, method := range []string{`"client_secret_post"`, `"client_secret_basic"`, `""`} {
		h, registry := newHandler(0)
		got := register(t, h, `{"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":`+method+`}`)
		c, err := registry.Find(t.Context(), got.ID)
		if err != nil || !strings.HasPrefix(got.Secret, SecretPrefix) || len(got.Secret) < 50 ||
			got.SecretExpires == nil || *got.SecretExpires != 0 || !c.SecretHash.Equal(oauth.HashToken(got.Secret)) {
			t.Errorf("answer = %+v, client = %+v, %v", got, c, err)
		}
		if method == `""` && got.Method != oauth.AuthBasic {
			t.Errorf("no method means %q, want the standard's default", got.Method)
		}
		if got.Name == "" || len(got.Grants) != 1 || got.Grants[0] != oauth.GrantCode {
			t.Errorf("defaults = %+v", got)
		}
	}
}

func TestNoTwoRegistrationsAreAlike(t *testing.T) {
	h, _ := newHandler(0)
	const body = `{"redirect_uris":["https://app.example/cb"]}`
	a, b := register(t, h, body), register(t, h, body)
	if a.ID == b.ID || a.Secret == b.Secret {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestRefuses(t *testing.T) {
	const ok = `"redirect_uris":["https://app.example/cb"]`
	redirects := func(n int) string {
		return `{"redirect_uris":[` + strings.TrimSuffix(strings.Repeat(`"https://app.example/cb",`, n), ",") + `]}`
	}
	tests := []struct {
		name   string
		body   string
		status int
		code   string
	}{
		{"no JSON", `x`, 400, oauth.InvalidClientMetadata},
		{"nothing", ``, 400, oauth.InvalidClientMetadata},
		{"a list", `[]`, 400, oauth.InvalidClientMetadata},
		{"a second value", `{` + ok + `}{}`, 400, oauth.InvalidClientMetadata},
		{"a member twice", `{` + ok + `,` + ok + `}`, 400, oauth.InvalidClientMetadata},
		{"a text for a list", `{"redirect_uris":"https://app.example/cb"}`, 400, oauth.InvalidClientMetadata},
		{"a number for a text", `{` + ok + `,"client_name":1}`, 400, oauth.InvalidClientMetadata},
		{"too large", `{` + ok + `,"client_name":"` + strings.Repeat("a", maxBody) + `"}`, 413, oauth.InvalidRequest},
		{"no redirect", `{}`, 400, oauth.InvalidRedirectURI},
		{"an empty list of redirects", `{"redirect_uris":[]}`, 400, oauth.InvalidRedirectURI},
		{"eleven redirects", redirects(11), 400, oauth.InvalidRedirectURI},
		{"a script as redirect", `{"redirect_uris":["javascript:alert(1)"]}`, 400, oauth.InvalidRedirectURI},
		{"a bad one among good ones", `{"redirect_uris":["https://app.example/cb","http://app.example/cb"]}`, 400, oauth.InvalidRedirectURI},
		{"a wildcard", `{"redirect_uris":["https://*.app.example/cb"]}`, 400, oauth.InvalidRedirectURI},
		{"a scheme that is not listed", `{"redirect_uris":["windsurf://cb"]}`, 400, oauth.InvalidRedirectURI},
		{"a name too long", `{` + ok + `,"client_name":"` + strings.Repeat("ä", 81) + `"}`, 400, oauth.InvalidClientMetadata},
		{"an unknown grant", `{` + ok + `,"grant_types":["authorization_code","password"]}`, 400, oauth.InvalidClientMetadata},
		{"client credentials", `{` + ok + `,"grant_types":["authorization_code","client_credentials"]}`, 400, oauth.InvalidClientMetadata},
		{"no code grant", `{` + ok + `,"grant_types":["refresh_token"]}`, 400, oauth.InvalidClientMetadata},
		{"an unknown response", `{` + ok + `,"response_types":["token"]}`, 400, oauth.InvalidClientMetadata},
		{"an unknown method", `{` + ok + `,"token_endpoint_auth_method":"client_secret_jwt"}`, 400, oauth.InvalidClientMetadata},
		{"keys without keys", `{` + ok + `,"token_endpoint_auth_method":"private_key_jwt"}`, 400, oauth.InvalidClientMetadata},
		{"a symmetric key", `{` + ok + `,"jwks":{"keys":[{"kty":"oct","k":"AAAA"}]}}`, 400, oauth.InvalidClientMetadata},
		{"a home page that is a script", `{` + ok + `,"client_uri":"javascript:alert(1)"}`, 400, oauth.InvalidClientMetadata},
		{"an unknown application type", `{` + ok + `,"application_type":"x"}`, 400, oauth.InvalidClientMetadata},
		{"a broken scope", `{` + ok + `,"scope":"a\"b"}`, 400, oauth.InvalidClientMetadata},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, registry := newHandler(0)
			w := post(h, tt.body)
			var got struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || got.Error != tt.code || got.Description == "" {
				t.Errorf("answer = %d %s, want %d %s", w.Code, w.Body, tt.status, tt.code)
			}
			for id := range registry.Table.All(t.Context(), "") {
				t.Errorf("%s was registered", id)
			}
		})
	}
}

func TestMediaType(t *testing.T) {
	h, _ := newHandler(0)
	for value, want := range map[string]int{
		"application/json; charset=utf-8": 201, "": 400, "text/plain": 400, "application/x-www-form-urlencoded": 400,
	} {
		w := post(h, `{"redirect_uris":["https://app.example/cb"]}`, func(r *http.Request) { r.Header.Set("Content-Type", value) })
		if w.Code != want {
			t.Errorf("%q = %d %s, want %d", value, w.Code, w.Body, want)
		}
	}
}

func TestMethods(t *testing.T) {
	h, _ := newHandler(0)
	for method, want := range map[string]int{"GET": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 204} {
		if w := post(h, ``, func(r *http.Request) { r.Method = method }); w.Code != want {
			t.Errorf("%s = %d, want %d", method, w.Code, want)
		}
	}
}

func TestRegistrationsPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(2)
		from := func(address string) int {
			w := post(h, `{"redirect_uris":["https://app.example/cb"]}`, func(r *http.Request) { r.RemoteAddr = address })
			if w.Code == 429 && w.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return w.Code
		}
		for i, want := range []int{201, 201, 429} {
			if got := from("192.0.2.1:1"); got != want {
				t.Errorf("registration %d = %d, want %d", i+1, got, want)
			}
		}
		if got := from("192.0.2.2:1"); got != 201 {
			t.Errorf("from another address = %d", got)
		}
		time.Sleep(time.Hour)
		if got := from("192.0.2.1:1"); got != 201 {
			t.Errorf("an hour later = %d", got)
		}
	})
}

func FuzzRegister(f *testing.F) {
	f.Add(`{"redirect_uris":["https://app.example/cb"]}`)
	f.Add(`{"redirect_uris":["http://127.0.0.1/"],"jwks":{"keys":[]},"token_endpoint_auth_method":"none"}`)
	f.Fuzz(func(t *testing.T, body string) {
		h, registry := newHandler(0)
		w := post(h, body)
		switch w.Code {
		case http.StatusCreated:
			for _, res := range registry.Table.All(t.Context(), "") {
				for _, uri := range res.Row.RedirectURIs {
					if err := oauth.CheckRedirect(uri, h.PrivateSchemes); err != nil {
						t.Error(err)
					}
				}
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%q = %d %s", body, w.Code, w.Body)
		}
	})
}
