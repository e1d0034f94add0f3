package authorize_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/authorize"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/store/mem"
	"gatehouse/web"
)

const (
	issuer    = "https://gate.example"
	redirect  = "https://ok.example/cb"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// directory is the clients of a test, by their ids.
type directory map[string]oauth.Client

func (d directory) Find(_ context.Context, id string) (oauth.Client, error) {
	c, ok := d[id]
	if !ok {
		return c, fault.NotFound
	}
	return c, nil
}

// anybody lets people in under any name.
type anybody struct{}

func (anybody) Verify(_ context.Context, name, _, _ string) (login.Person, error) {
	return login.Person{Subject: "dev:" + name, Name: name}, nil
}

// house is an authorization endpoint with all that is around it.
type house struct {
	*authorize.Handler
	grants *store.Table[oauth.Grant]
	mux    *http.ServeMux
	known  directory
	book   book
}

// book is what was recorded.
type book struct {
	mu     sync.Mutex
	events []audit.Event
}

func (b *book) Record(_ context.Context, ev audit.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, ev)
	return nil
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseAt(t, issuer, new(mem.KV))
}

func newHouseAt(t testing.TB, issuer string, kv store.KV) *house {
	t.Helper()
	h := &house{
		grants: store.NewTable[oauth.Grant](kv, "grants", nil),
		known: directory{"cli": {
			ID:           "cli",
			Name:         "Test client",
			Origin:       oauth.Configured,
			RedirectURIs: []string{redirect, "http://127.0.0.1:1/cb", "https://ok.example/q?a=1", "com.example.app:/cb"},
			GrantTypes:   []string{oauth.GrantCode},
			AuthMethod:   oauth.AuthNone,
		}},
	}
	h.Handler = &authorize.Handler{
		Issuer:    issuer,
		Resources: []string{issuer + "/mcp", issuer + "/sse", issuer},
		Scopes:    map[string]string{"math": "Use the math tools", "offline_access": "Stay connected"},
		Baseline:  []string{"math"},
		Providers: []login.Provider{{ID: "dev", Label: "Development", Form: anybody{}}},
		Clients:   h.known,
		Requests:  authorize.NewTable(kv),
		Grants:    h.grants,
		Sessions:  &login.Sessions{Issuer: issuer, Table: login.NewTable(kv), Now: time.Now},
		Flights:   login.NewFlights(kv, time.Now),
		Audit:     &h.book,
		Now:       time.Now,
	}
	h.mux = http.NewServeMux()
	for pattern, handle := range map[string]httpx.Handler{
		"GET /authorize":                             h.Authorize,
		"POST /authorize":                            h.Authorize,
		"GET /authorize/{request}":                   h.Step,
		"POST /authorize/{request}/login/{provider}": h.LogIn,
		"GET /authorize/{request}/login/{provider}":  h.Leave,
		"GET /login/callback/{provider}":             h.Return,
		"POST /authorize/{request}/switch":           h.Switch,
		"POST /authorize/{request}/consent":          h.Decide,
		"POST /logout":                               h.LogOut,
	} {
		h.mux.Handle(pattern, httpx.Serve(handle, web.Pages{}.Error))
	}
	return h
}

// browser keeps cookies, and says where its requests come from as a browser
// does.
type browser struct {
	t       *testing.T
	house   *house
	cookies map[string]string
	site    string // Sec-Fetch-Site of its forms
	origin  string // Origin of its forms
}

func (h *house) browser(t *testing.T) *browser {
	return &browser{t: t, house: h, cookies: map[string]string{}, site: "same-origin"}
}

// page is an answer with its body read.
type page struct {
	*http.Response
	body string
}

func (b *browser) get(target string) page { return b.do(http.MethodGet, target, nil) }

func (b *browser) post(target string, form url.Values) page {
	return b.do(http.MethodPost, target, form)
}

func (b *browser) do(method, target string, form url.Values) page {
	b.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if b.site != "" {
			r.Header.Set("Sec-Fetch-Site", b.site)
		}
		if b.origin != "" {
			r.Header.Set("Origin", b.origin)
		}
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.house.mux.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return page{res, w.Body.String()}
}

// follow goes where a 303 leads.
func (b *browser) follow(p page) page {
	b.t.Helper()
	if p.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("status = %d, want 303; body:\n%s", p.StatusCode, p.body)
	}
	return b.get(p.Header.Get("Location"))
}

var (
	actionPattern = regexp.MustCompile(`action="(/authorize/[^"]+)"`)
	personPattern = regexp.MustCompile(`name="person" value="([^"]+)"`)
)

// action is where the first form of the page leads.
func (p page) action(t *testing.T) string {
	t.Helper()
	m := actionPattern.FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("no form on the page (status %d):\n%s", p.StatusCode, p.body)
	}
	return m[1]
}

// tag is the person that a consent page is drawn for.
func (p page) tag() string {
	m := personPattern.FindStringSubmatch(p.body)
	if m == nil {
		return ""
	}
	return m[1]
}

func (b *browser) logIn(loginPage page, name string) page {
	b.t.Helper()
	return b.follow(b.post(loginPage.action(b.t), url.Values{"name": {name}, "password": {"x"}}))
}

func (b *browser) decide(consent page, decision string) page {
	b.t.Helper()
	return b.post(consent.action(b.t), url.Values{"decision": {decision}, "person": {consent.tag()}})
}

// toConsent goes from a fresh request to its consent page.
func (b *browser) toConsent(query url.Values) page {
	b.t.Helper()
	p := b.follow(b.get("/authorize?" + query.Encode()))
	if strings.Contains(p.body, "<h1>Log in") {
		p = b.logIn(p, "alice")
	}
	if !strings.Contains(p.body, `value="approve"`) {
		b.t.Fatalf("no consent page:\n%s", p.body)
	}
	return p
}

// asked is a request that is in order, with changes: a value of "" leaves the
// parameter out.
func asked(changes ...string) url.Values {
	q := url.Values{
		"client_id":             {"cli"},
		"redirect_uri":          {redirect},
		"response_type":         {"code"},
		"code_challenge":        {challenge},
		"code_challenge_method": {"S256"},
		"state":                 {"s t/1&="},
		"resource":              {issuer + "/mcp"},
		"scope":                 {"math"},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// answer reads what the client was told, and fails unless it was told it at
// the redirect URI.
func (p page) answer(t *testing.T, redirectURI string) url.Values {
	t.Helper()
	location := p.Header.Get("Location")
	if p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(location, redirectURI) {
		t.Fatalf("got %d to %q, want 303 to %s; body:\n%s", p.StatusCode, location, redirectURI, p.body)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	if got := values["iss"]; len(got) != 1 || got[0] != issuer {
		t.Errorf("iss = %q, want %q once", got, issuer)
	}
	return values
}
