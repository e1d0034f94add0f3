package authorize_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/oauth"
	"gatehouse/oauth/authorize"
)

// stays fails unless the answer is a page of ours that leads nowhere.
func (p page) stays(t *testing.T, status int) {
	t.Helper()
	if p.StatusCode != status || p.Header.Get("Location") != "" {
		t.Errorf("got %d to %q, want %d and no redirect", p.StatusCode, p.Header.Get("Location"), status)
	}
	if !strings.Contains(p.body, "<h1>") || !strings.HasSuffix(p.body, "</html>\n") {
		t.Errorf("want a whole page, got:\n%s", p.body)
	}
}

func TestNobodyIsRedirected(t *testing.T) {
	h := newHouse(t)
	h.known["other"] = oauth.Client{ID: "other", RedirectURIs: []string{"https://other.example/cb"}, GrantTypes: []string{oauth.GrantCode}}
	h.known["old"] = oauth.Client{ID: "old", RedirectURIs: []string{"http://old.example/cb", "javascript:alert(1)"}, GrantTypes: []string{oauth.GrantCode}}
	for name, query := range map[string]string{
		"an unknown client":                      asked("client_id", "nobody").Encode(),
		"no client":                              asked("client_id", "").Encode(),
		"two clients":                            asked().Encode() + "&client_id=cli",
		"no redirect":                            asked("redirect_uri", "").Encode(),
		"two redirects, the good one first":      asked().Encode() + "&redirect_uri=https://evil.example/",
		"two redirects, the good one last":       "redirect_uri=https://evil.example/&" + asked().Encode(),
		"a redirect that is not registered":      asked("redirect_uri", "https://evil.example/cb").Encode(),
		"a redirect of another client":           asked("redirect_uri", "https://other.example/cb").Encode(),
		"a redirect with a dot segment":          asked("redirect_uri", redirect+"/../x").Encode(),
		"a redirect with an encoded slash":       asked("redirect_uri", redirect+"%2f..").Encode(),
		"a redirect with a query more":           asked("redirect_uri", redirect+"?x=1").Encode(),
		"a redirect with a fragment":             asked("redirect_uri", redirect+"#f").Encode(),
		"a redirect with a slash more":           asked("redirect_uri", redirect+"/").Encode(),
		"a redirect with another case":           asked("redirect_uri", "HTTPS://ok.example/cb").Encode(),
		"a redirect with the default port":       asked("redirect_uri", "https://ok.example:443/cb").Encode(),
		"a redirect with a user":                 asked("redirect_uri", "https://ok.example@evil.example/cb").Encode(),
		"a redirect with a backslash":            asked("redirect_uri", `https://ok.example\@evil.example/cb`).Encode(),
		"a redirect that runs":                   asked("client_id", "old", "redirect_uri", "javascript:alert(1)").Encode(),
		"a redirect that was fine once":          asked("client_id", "old", "redirect_uri", "http://old.example/cb").Encode(),
		"a loopback redirect to another host":    asked("redirect_uri", "http://localhost:9/cb").Encode(),
		"a loopback redirect to another path":    asked("redirect_uri", "http://127.0.0.1:9/other").Encode(),
		"a host that begins like loopback":       asked("redirect_uri", "http://127.0.0.1.evil.example/cb").Encode(),
		"an error to reflect":                    "error=x&redirect_uri=https://evil.example/",
		"a query that cannot be read":            asked().Encode() + "&%zz",
		"a query that is not text":               asked("state", "\xff").Encode(),
		"a query that is too long":               asked("nonce", strings.Repeat("x", 9000)).Encode(),
		"a good response, wanted somewhere else": asked("redirect_uri", "https://evil.example/", "response_mode", "web_message").Encode(),
	} {
		t.Run(name, func(t *testing.T) {
			h.browser(t).get("/authorize?"+query).stays(t, http.StatusBadRequest)
		})
	}
}

func TestTheClientHearsOfIt(t *testing.T) {
	h := newHouse(t)
	h.known["machine"] = oauth.Client{ID: "machine", RedirectURIs: []string{redirect}, GrantTypes: []string{oauth.GrantClientCredentials}}
	h.known["narrow"] = oauth.Client{ID: "narrow", RedirectURIs: []string{redirect}, GrantTypes: []string{oauth.GrantCode}, Scopes: []string{"offline_access"}}
	for name, tt := range map[string]struct {
		query url.Values
		more  string // appended
		want  string
	}{
		"no response type":                 {query: asked("response_type", ""), want: oauth.InvalidRequest},
		"the implicit flow":                {query: asked("response_type", "token"), want: oauth.UnsupportedResponseType},
		"the hybrid flow":                  {query: asked("response_type", "code id_token"), want: oauth.UnsupportedResponseType},
		"an answer in the fragment":        {query: asked("response_mode", "fragment"), want: oauth.InvalidRequest},
		"an answer by form":                {query: asked("response_mode", "form_post"), want: oauth.InvalidRequest},
		"a client of another flow":         {query: asked("client_id", "machine"), want: oauth.UnauthorizedClient},
		"no proof key":                     {query: asked("code_challenge", ""), want: oauth.InvalidRequest},
		"no proof key at all":              {query: asked("code_challenge", "", "code_challenge_method", ""), want: oauth.InvalidRequest},
		"a plain proof key":                {query: asked("code_challenge_method", "plain"), want: oauth.InvalidRequest},
		"a proof key without a method":     {query: asked("code_challenge_method", ""), want: oauth.InvalidRequest},
		"a method in another case":         {query: asked("code_challenge_method", "s256"), want: oauth.InvalidRequest},
		"a method that does not exist":     {query: asked("code_challenge_method", "S512"), want: oauth.InvalidRequest},
		"the method none":                  {query: asked("code_challenge_method", "none"), want: oauth.InvalidRequest},
		"a method with a space":            {query: asked("code_challenge_method", "S256 "), want: oauth.InvalidRequest},
		"a proof key that is too short":    {query: asked("code_challenge", challenge[1:]), want: oauth.InvalidRequest},
		"a proof key with padding":         {query: asked("code_challenge", challenge+"="), want: oauth.InvalidRequest},
		"a proof key in another alphabet":  {query: asked("code_challenge", challenge[1:]+"+"), want: oauth.InvalidRequest},
		"a resource of somebody else":      {query: asked("resource", "https://evil.example/mcp"), want: oauth.InvalidTarget},
		"a resource with a slash more":     {query: asked("resource", issuer+"/mcp/"), want: oauth.InvalidTarget},
		"a resource with a fragment":       {query: asked("resource", issuer+"/mcp#x"), want: oauth.InvalidTarget},
		"two resources":                    {query: asked(), more: "&resource=" + issuer + "/sse", want: oauth.InvalidTarget},
		"an unknown scope":                 {query: asked("scope", "math admin"), want: oauth.InvalidScope},
		"a scope that is none":             {query: asked("scope", `"`), want: oauth.InvalidScope},
		"a scope beyond the client's":      {query: asked("client_id", "narrow"), want: oauth.InvalidScope},
		"two scopes parameters":            {query: asked(), more: "&scope=math", want: oauth.InvalidRequest},
		"two proof keys":                   {query: asked(), more: "&code_challenge=" + challenge, want: oauth.InvalidRequest},
		"a parameter twice that we ignore": {query: asked(), more: "&x=1&x=2", want: oauth.InvalidRequest},
		"a request object":                 {query: asked("request", "ey"), want: oauth.RequestNotSupported},
		"a request elsewhere":              {query: asked("request_uri", "https://x.example/"), want: oauth.RequestURINotSupported},
		"details that would be ignored":    {query: asked("authorization_details", "[]"), want: oauth.InvalidRequest},
		"no page, and nobody logged in":    {query: asked("prompt", "none"), want: oauth.LoginRequired},
		"no page, and a page":              {query: asked("prompt", "none login"), want: oauth.InvalidRequest},
		"an age that is no number":         {query: asked("max_age", "-1"), want: oauth.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.browser(t).get("/authorize?"+tt.query.Encode()+tt.more).answer(t, redirect)
			if got.Get("error") != tt.want || got.Get("state") != "s t/1&=" {
				t.Errorf("answer = %v, want %s with the state", got, tt.want)
			}
		})
	}
}

func TestState(t *testing.T) {
	h := newHouse(t)
	for name, tt := range map[string]struct {
		query string
		want  []string // the states of the answer
	}{
		"none":                       {asked("state", "", "scope", "x").Encode(), nil},
		"one that would split lines": {asked("state", "a\r\nSet-Cookie: x=1", "scope", "x").Encode(), []string{"a\r\nSet-Cookie: x=1"}},
		"one that is markup":         {asked("state", `"><script>`, "scope", "x").Encode(), []string{`"><script>`}},
		"one of another language":    {asked("state", "zażółć", "scope", "x").Encode(), []string{"zażółć"}},
		"one that is too long":       {asked("state", strings.Repeat("x", 2049)).Encode(), nil},
		"two":                        {asked().Encode() + "&state=2", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.browser(t).get("/authorize?" + tt.query)
			got := p.answer(t, redirect)
			if states := got["state"]; len(states) != len(tt.want) || (len(states) == 1 && states[0] != tt.want[0]) {
				t.Errorf("state = %q, want %q", states, tt.want)
			}
			if got.Get("error") == "" || strings.ContainsAny(p.Header.Get("Location"), "\r\n<\"") {
				t.Errorf("Location = %q", p.Header.Get("Location"))
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	for name, tt := range map[string]struct{ uri, want string }{
		"another port of loopback": {"http://127.0.0.1:9/cb", "http://127.0.0.1:9/cb?"},
		"one with a query":         {"https://ok.example/q?a=1", "https://ok.example/q?a=1&"},
		"one of an application":    {"com.example.app:/cb", "com.example.app:/cb?"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := h.browser(t)
			got := b.decide(b.toConsent(asked("redirect_uri", tt.uri)), "approve").answer(t, tt.want)
			if got.Get("code") == "" {
				t.Errorf("answer = %v, want a code", got)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	for name, tt := range map[string]struct {
		query            url.Values
		resource, scopes string
	}{
		"without a resource, all of the issuer": {asked("resource", ""), issuer, "math"},
		"without a scope, the baseline":         {asked("scope", ""), issuer + "/mcp", "math"},
		"both scopes":                           {asked("scope", "offline_access math"), issuer + "/mcp", "offline_access math"},
		"a host in capitals":                    {asked("resource", "https://GATE.example/sse"), issuer + "/sse", "math"},
		"a parameter that nobody knows":         {asked("x", "1"), issuer + "/mcp", "math"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := h.browser(t)
			code := b.decide(b.toConsent(tt.query), "approve").answer(t, redirect).Get("code")
			_, id, _ := oauth.ParseToken(code)
			g, err := h.grants.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if g.Resource != tt.resource || oauth.FormatScope(g.Scopes) != tt.scopes {
				t.Errorf("granted %q for %q, want %q for %q", g.Scopes, g.Resource, tt.scopes, tt.resource)
			}
		})
	}
}

func TestAForm(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	b.site = "cross-site" // a client's page may send it
	consent := b.follow(b.post("/authorize", asked()))
	b.site = "same-origin"
	consent = b.logIn(b.follow(consent), "alice")
	if got := b.decide(consent, "approve").answer(t, redirect); got.Get("code") == "" {
		t.Errorf("answer = %v, want a code", got)
	}

	b.follow(b.post("/authorize?redirect_uri=https://evil.example/", asked())).stays(t, http.StatusBadRequest)
	b.post("/authorize", asked("nonce", strings.Repeat("x", 9000))).stays(t, http.StatusRequestEntityTooLarge)
}

func TestStrangersCannotFillTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.PerAddress = authorize.NewPerAddress(time.Now)
		h.PerAddress.Max = 3
		target := "/authorize?" + asked().Encode()
		for range 3 {
			if p := h.browser(t).get(target); !strings.HasPrefix(p.Header.Get("Location"), "/authorize/") {
				t.Fatalf("within the limit = %d %s", p.StatusCode, p.Header.Get("Location"))
			}
		}
		if got := h.browser(t).get(target).answer(t, redirect).Get("error"); got != oauth.TemporarilyUnavailable {
			t.Errorf("beyond the limit the client hears %q", got)
		}
		time.Sleep(10 * time.Minute)
		if p := h.browser(t).get(target); !strings.HasPrefix(p.Header.Get("Location"), "/authorize/") {
			t.Errorf("when the others have expired = %d %s", p.StatusCode, p.Header.Get("Location"))
		}
	})
}
