package authorize_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
	"gatehouse/store/mem"
)

func TestConsentPage(t *testing.T) {
	const (
		unverified = "Not verified."
		program    = "A program on this computer"
	)
	for name, tt := range map[string]struct {
		client     oauth.Client
		has, hasnt []string
	}{
		"a client of the operator": {
			oauth.Client{Origin: oauth.Configured, Name: "Desk", RedirectURIs: []string{"https://desk.example/cb"}},
			[]string{"Let Desk use", "<dd>desk.example</dd>", "Use the math tools", "<strong>alice</strong>", "dev:alice", "Use another account", issuer + "/mcp"},
			[]string{unverified, program, "Published by"},
		},
		"one that registered itself": {
			oauth.Client{Origin: oauth.Registered, Name: "Claude", RedirectURIs: []string{"https://evil.example/cb"}},
			[]string{unverified, "<dd>evil.example</dd>"},
			[]string{program, "Published by"},
		},
		"a program on the person's machine": {
			oauth.Client{Origin: oauth.Configured, Name: "Tool", RedirectURIs: []string{"http://127.0.0.1:1/cb"}},
			[]string{program, "<dd>127.0.0.1</dd>"},
			[]string{unverified},
		},
		"one with a document": {
			oauth.Client{ID: "https://docs.example/client.json", Origin: oauth.Document, Name: "Doc", RedirectURIs: []string{"https://other.example/cb"}},
			[]string{"<dt>Published by</dt><dd>docs.example</dd>", "<dd>other.example</dd>"},
			[]string{unverified, program},
		},
		"a host of another script": {
			oauth.Client{Origin: oauth.Registered, Name: "Doc", RedirectURIs: []string{"https://xn--exmple-4nf.com/cb"}},
			[]string{"<dd>xn--exmple-4nf.com</dd>"},
			nil,
		},
		"a name that is markup": {
			oauth.Client{Origin: oauth.Registered, Name: `<script>alert(1)</script>"'>`, RedirectURIs: []string{"https://evil.example/cb"}},
			[]string{"&lt;script&gt;alert(1)"},
			[]string{"<script"},
		},
		"a name that turns the text and has no end": {
			oauth.Client{Origin: oauth.Registered, Name: "a\u202e" + strings.Repeat("long ", 100), RedirectURIs: []string{"https://evil.example/cb"}},
			[]string{"along long", "…"},
			[]string{"\u202e", strings.Repeat("long ", 20)},
		},
		"no name": {
			oauth.Client{Origin: oauth.Registered, Name: "\u200b", RedirectURIs: []string{"https://evil.example/cb"}},
			[]string{"an application without a name"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			client := tt.client
			if client.ID == "" {
				client.ID = "it"
			}
			client.GrantTypes = []string{oauth.GrantCode}
			h.known[client.ID] = client
			p := h.browser(t).toConsent(asked("client_id", client.ID, "redirect_uri", client.RedirectURIs[0]))
			for _, want := range tt.has {
				if !strings.Contains(p.body, want) {
					t.Errorf("%q is not on the page:\n%s", want, p.body)
				}
			}
			for _, never := range tt.hasnt {
				if strings.Contains(p.body, never) {
					t.Errorf("%q is on the page", never)
				}
			}
		})
	}
}

func TestPolicyOfThePages(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	first := b.follow(b.get("/authorize?" + asked("redirect_uri", "com.example.app:/cb").Encode()))
	if csp := first.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
		t.Errorf("a password may go to %q", csp)
	}
	consent := b.logIn(first, "alice")
	if csp := consent.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' com.example.app: ") {
		t.Errorf("policy = %q, want the client's scheme in it", csp)
	}
	for name, p := range map[string]page{
		"login":    first,
		"consent":  consent,
		"error":    b.get("/authorize"),
		"ended":    b.get("/authorize/x"),
		"redirect": b.decide(consent, "approve"),
	} {
		if p.Header.Get("Referrer-Policy") != "no-referrer" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers = %v", name, p.Header)
		}
		if p.StatusCode != http.StatusSeeOther && (p.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")) {
			t.Errorf("%s can be framed: %v", name, p.Header)
		}
	}
}

func TestIssuerWithAPath(t *testing.T) {
	h := newHouseAt(t, "https://gate.example/door", new(mem.KV))
	p := h.browser(t).get("/authorize?" + asked("resource", "").Encode())
	if to := p.Header.Get("Location"); !strings.HasPrefix(to, "/door/authorize/") {
		t.Errorf("Location = %q, want it under the issuer's path", to)
	}
}

// brokenDocument is a directory whose only client cannot be read.
type brokenDocument struct{}

func (brokenDocument) Find(context.Context, string) (oauth.Client, error) {
	return oauth.Client{}, fault.New(fault.Invalid, "Its metadata document has no redirect_uris.")
}

func TestADocumentThatIsNotInOrder(t *testing.T) {
	h := newHouse(t)
	h.Clients = brokenDocument{}
	p := h.browser(t).get("/authorize?" + asked().Encode())
	p.stays(t, http.StatusBadRequest)
	if !strings.Contains(p.body, "no redirect_uris") {
		t.Errorf("the page does not say what is wrong:\n%s", p.body)
	}
}

// moody is a store that can be out of order.
type moody struct {
	*mem.KV
	out bool
}

func (m *moody) Get(ctx context.Context, key string) (store.Item, error) {
	if m.out {
		return store.Item{}, fault.Unavailable
	}
	return m.KV.Get(ctx, key)
}

func (m *moody) Swap(ctx context.Context, next store.Item) error {
	if m.out {
		return fault.Unavailable
	}
	return m.KV.Swap(ctx, next)
}

func TestTheStoreIsOut(t *testing.T) {
	kv := &moody{KV: new(mem.KV)}
	h := newHouseAt(t, issuer, kv)
	b := h.browser(t)
	first := b.follow(b.get("/authorize?" + asked().Encode()))
	consent := b.logIn(first, "alice")
	step := strings.TrimSuffix(consent.action(t), "/consent")

	kv.out = true
	for name, p := range map[string]page{
		"step":   b.get(step),
		"login":  b.post(first.action(t), nil),
		"switch": b.post(step+"/switch", nil),
		"decide": b.decide(consent, "approve"),
		"logout": b.post("/logout", nil),
	} {
		t.Run(name, func(t *testing.T) { p.stays(t, http.StatusServiceUnavailable) })
	}
	for _, prompt := range []string{"", "none"} {
		got := b.get("/authorize?"+asked("prompt", prompt).Encode()).answer(t, redirect)
		if got.Get("error") != oauth.TemporarilyUnavailable {
			t.Errorf("answer = %v, want temporarily_unavailable", got)
		}
	}

	kv.out = false
	b.decide(consent, "approve").answer(t, redirect) // nothing was half done
}
