package doctor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
)

func TestRunSaysWhatToFix(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*site)
		token string // go on with this one, in place of ending before the login
		saw   string // a part of some line
		fix   string // a part of the last sentence
		ok    bool   // clients get through all the same
	}{
		{
			name: "all in order, without a login", spoil: func(*site) {},
			saw: "client c1", fix: "Nothing to fix as far as this went", ok: true,
		},
		{
			name: "all in order, with a token", spoil: func(*site) {}, token: validToken,
			saw: "fake at 2026-07-28, 2 tools: add divide", fix: "Nothing to fix: a client gets through", ok: true,
		},
		{
			name:  "the wrong path",
			spoil: func(s *site) { s.instead["POST mcp.example/mcp"] = status(404) },
			saw:   "POST answers 404", fix: "the URL of the MCP endpoint itself",
		},
		{
			name: "a redirect in front of the endpoint",
			spoil: func(s *site) {
				s.instead["POST mcp.example/mcp"] = redirect("https://www.mcp.example/mcp")
			},
			saw: "to https://www.mcp.example/mcp", fix: "the URL that this one redirects to",
		},
		{
			name:  "403 instead of 401",
			spoil: func(s *site) { s.instead["POST mcp.example/mcp"] = status(403) },
			saw:   "answers 403 instead of 401", fix: "answer 401 with a challenge",
		},
		{
			name:  "a server that fails before it asks",
			spoil: func(s *site) { s.instead["POST mcp.example/mcp"] = status(500) },
			saw:   "POST answers 500", fix: "in the server's log",
		},
		{
			name:  "an endpoint that never answers",
			spoil: func(s *site) { s.instead["POST mcp.example/mcp"] = silence },
			saw:   "no answer in time", fix: "make the endpoint reachable",
		},
		{
			name: "no challenge at all", spoil: func(s *site) { s.challenge = "" },
			saw: "401 without a Bearer challenge", fix: `send "WWW-Authenticate: Bearer resource_metadata=…"`,
		},
		{
			name: "no resource_metadata in the challenge", spoil: func(s *site) { s.challenge = `Bearer realm="x"` },
			saw: "has no resource_metadata", fix: "name the resource metadata in the challenge",
		},
		{
			name: "an error in the challenge without a token", spoil: func(s *site) { s.challenge += `, error="invalid_token"` },
			saw: "although there was no token", fix: "leave error out", ok: true,
		},
		{
			name:  "405 before the token is checked",
			spoil: func(s *site) { s.instead["GET mcp.example/mcp"] = status(405) },
			saw:   "GET without a token answers 405", fix: "check the token before the method", ok: true,
		},
		{
			name: "a door that opens to any token",
			spoil: func(s *site) {
				s.instead["POST mcp.example/mcp"] = func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "" {
						w.Header().Set("WWW-Authenticate", s.challenge)
						w.WriteHeader(401)
					}
				}
			},
			saw: "a token that nobody issued is let in (200)", fix: "check the token",
		},
		{
			name: "a hanging well-known",
			spoil: func(s *site) {
				s.instead["GET mcp.example/.well-known/oauth-protected-resource/mcp"] = silence
			},
			saw: "no answer within 10s", fix: "answer every unknown path under /.well-known/ with 404 at once",
		},
		{
			name: "no resource metadata",
			spoil: func(s *site) {
				s.instead["GET mcp.example/.well-known/oauth-protected-resource/mcp"] = status(404)
			},
			saw: "no resource metadata at", fix: "serve the resource metadata at https://mcp.example/.well-known/oauth-protected-resource/mcp",
		},
		{
			name: "html instead of JSON",
			spoil: func(s *site) {
				s.instead["GET mcp.example/.well-known/oauth-protected-resource/mcp"] = page("<p>our app</p>")
			},
			saw: "answers text/html instead of JSON", fix: "with the metadata as application/json",
		},
		{
			name: "resource of another host", spoil: func(s *site) { s.resource["resource"] = "http://localhost:8080/mcp" },
			saw: "is of http://localhost:8080/mcp, not of https://mcp.example/mcp", fix: "configure the public URL",
		},
		{
			name: "resource of another path", spoil: func(s *site) { s.resource["resource"] = "https://mcp.example/sse" },
			saw: "is of https://mcp.example/sse", fix: "exactly the URL that clients use",
		},
		{
			name: "resource with a slash more", spoil: func(s *site) { s.resource["resource"] = endpoint + "/" },
			saw: "not exactly of https://mcp.example/mcp", fix: "exactly the URL that clients use", ok: true,
		},
		{
			name: "resource in capitals", spoil: func(s *site) { s.resource["resource"] = "HTTPS://MCP.example/mcp" },
			saw: "HTTPS://MCP.example/mcp", fix: "Nothing to fix", ok: true,
		},
		{
			name: "no authorization server", spoil: func(s *site) { delete(s.resource, "authorization_servers") },
			saw: "names no authorization server", fix: "name the authorization server",
		},
		{
			name: "issuer with a trailing slash", spoil: func(s *site) { s.server["issuer"] = issuer + "/" },
			saw: "issuer https://auth.example/, but authorization_servers says https://auth.example", fix: "one has a slash at the end",
		},
		{
			name: "issuer of somebody else", spoil: func(s *site) { s.server["issuer"] = "https://evil.example" },
			saw: "issuer https://evil.example", fix: "be the string that authorization_servers has",
		},
		{
			name: "no server metadata",
			spoil: func(s *site) {
				s.instead["GET auth.example/.well-known/oauth-authorization-server"] = status(404)
			},
			saw: "no metadata at https://auth.example/.well-known/oauth-authorization-server", fix: "RFC 8414, section 3",
		},
		{
			name: "PKCE not advertised", spoil: func(s *site) { delete(s.server, "code_challenge_methods_supported") },
			saw: "proof keys: nothing, not S256", fix: `code_challenge_methods_supported: ["S256"]`,
		},
		{
			name: "a token endpoint without https", spoil: func(s *site) { s.server["token_endpoint"] = "http://auth.example/token" },
			saw: "token_endpoint: http://auth.example/token", fix: "at an https URL",
		},
		{
			name: "no way to become a client", spoil: func(s *site) { delete(s.server, "registration_endpoint") },
			saw: "no registration_endpoint", fix: "offer registration", ok: true,
		},
		{
			name:  "registration that fails",
			spoil: func(s *site) { s.instead["POST auth.example/register"] = status(500) },
			saw:   "registration answers 500", fix: "let registration answer 201",
		},
		{
			name: "registration that refuses",
			spoil: func(s *site) {
				s.instead["POST auth.example/register"] = says(400, map[string]any{"error": "invalid_redirect_uri", "error_description": "no loopback"})
			},
			saw: "registration answers 400: invalid_redirect_uri (no loopback)", fix: "let registration answer 201",
		},
		{
			name:  "an authorization page that fails",
			spoil: func(s *site) { s.instead["GET auth.example/authorize"] = status(500) },
			saw:   "the authorization page answers 500", fix: "let the authorization page answer",
		},
		{
			name: "an authorization page that refuses the resource",
			spoil: func(s *site) {
				s.instead["GET auth.example/authorize"] = redirect(unusedRedirect + "?error=invalid_target")
			},
			saw: "sends the person straight back: invalid_target", fix: "accept what MCP clients ask for",
		},
		{
			name: "a code without consent",
			spoil: func(s *site) {
				s.instead["GET auth.example/authorize"] = redirect(unusedRedirect + "?code=c")
			},
			saw: "without asking anybody", fix: "ask the person",
		},
		{
			name: "a login without https",
			spoil: func(s *site) {
				s.instead["GET auth.example/authorize"] = redirect("http://login.example/?next=x")
			},
			saw: "sends the person to http://login.example/", fix: "by https only",
		},
		{
			name: "an open redirect",
			spoil: func(s *site) {
				s.instead["GET auth.example/authorize"] = func(w http.ResponseWriter, r *http.Request) {
					to := r.URL.Query().Get("redirect_uri")
					if to == elsewhere {
						http.Redirect(w, r, to+"?error=invalid_request", http.StatusSeeOther)
						return
					}
					s.authorize(w, r)
				}
			},
			saw: "to a place that nobody registered", fix: "check redirect_uri",
		},
		{
			name:  "a page that can be framed",
			spoil: func(s *site) { s.instead["GET auth.example/authorize"] = page("<h1>Log in</h1>") },
			saw:   "others may put in a frame", fix: "forbid others to frame", ok: true,
		},
		{
			name: "a token that is refused", spoil: func(*site) {}, token: "an-old-token",
			saw: "initialize: answers 401", fix: "use a token that this server accepts",
		},
		{
			name: "an endpoint that asks for no token",
			spoil: func(s *site) {
				s.instead["POST mcp.example/mcp"] = func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					converse(w, body)
				}
			},
			saw: "asks for no token", fix: "Nothing to fix: a client gets through", ok: true,
		},
		{
			name:  "words that would move the cursor",
			spoil: func(s *site) { s.server["issuer"] = "https://x.example/\x1b[2J\nFix first: nothing" },
			saw:   "issuer https://x.example/ [2J Fix first: nothing, but", fix: "let issuer in",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite()
				tt.spoil(s)
				var out bytes.Buffer
				err := Run(t.Context(), Options{URL: endpoint, Token: tt.token, Out: &out, HTTP: &http.Client{Transport: s}})
				if (err == nil) != tt.ok || (err != nil && !errors.Is(err, ErrBroken)) {
					t.Errorf("Run = %v, want an end without ErrBroken: %v", err, tt.ok)
				}
				report, sentence := split(t, out.String())
				if !strings.Contains(report, tt.saw) {
					t.Errorf("the report lacks %q:\n%s", tt.saw, out.String())
				}
				if !strings.Contains(sentence, tt.fix) {
					t.Errorf("the last sentence lacks %q:\n%s", tt.fix, out.String())
				}
				if strings.ContainsAny(out.String(), "\x1b\r") {
					t.Errorf("the report can move the cursor: %q", out.String())
				}
			})
		})
	}
}

// split parts the findings from the one sentence behind them.
func split(t *testing.T, report string) (findings, sentence string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(report, "\n"), "\n")
	if len(lines) < 3 || lines[len(lines)-2] != "" {
		t.Fatalf("the report does not end with one sentence:\n%s", report)
	}
	return strings.Join(lines[:len(lines)-2], "\n"), lines[len(lines)-1]
}

func TestRunDoesNotPrintSecrets(t *testing.T) {
	s := newSite()
	var out bytes.Buffer
	if err := Run(t.Context(), Options{URL: endpoint, Token: validToken, Out: &out, HTTP: &http.Client{Transport: s}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), validToken) {
		t.Errorf("the token stands in the report:\n%s", out.String())
	}
}

func TestRunWantsAURL(t *testing.T) {
	for _, bad := range []string{"", "mcp.example", "ftp://mcp.example/", "https://"} {
		if err := Run(t.Context(), Options{URL: bad, Out: io.Discard}); err == nil || errors.Is(err, ErrBroken) {
			t.Errorf("Run(%q) = %v, want a refusal", bad, err)
		}
	}
}

func TestRunStopsWhenItIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Run(ctx, Options{URL: endpoint, Out: io.Discard, HTTP: &http.Client{Transport: newSite()}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
}

// TestLogin plays the browser: what the doctor opens is approved at once, and
// the answer brought back to its listener.
func TestLogin(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*site)
		back  func(url.Values)
		saw   string
		fix   string
		ok    bool
	}{
		{
			name: "a login that succeeds", back: func(url.Values) {},
			saw: "Bearer for 900s, with a refresh token", fix: "Nothing to fix: a client gets through", ok: true,
		},
		{
			name: "another state", back: func(q url.Values) { q.Set("state", "x") },
			saw: "another state than the request", fix: "return state unchanged",
		},
		{
			name: "iss of somebody else", back: func(q url.Values) { q.Set("iss", "https://evil.example") },
			saw: "iss is https://evil.example", fix: "let iss in the authorization response be the issuer",
		},
		{
			name: "iss promised and not sent", back: func(q url.Values) { q.Del("iss") },
			saw: "the answer has no iss", fix: "send iss",
		},
		{
			name: "iss sent and not promised", back: func(url.Values) {},
			spoil: func(s *site) { delete(s.server, "authorization_response_iss_parameter_supported") },
			saw:   "not announced", fix: "advertise authorization_response_iss_parameter_supported", ok: true,
		},
		{
			name: "a person who denies", back: func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") },
			saw: "access_denied", fix: "why the authorization server refuses",
		},
		{
			name: "a token endpoint that refuses", back: func(url.Values) {},
			spoil: func(s *site) {
				s.instead["POST auth.example/token"] = says(400, map[string]any{"error": "invalid_grant"})
			},
			saw: "the token endpoint answers 400: invalid_grant", fix: "let the token endpoint redeem the code",
		},
		{
			name: "a token of another audience", back: func(url.Values) {},
			spoil: func(s *site) {
				s.instead["POST auth.example/token"] = says(200, map[string]any{"access_token": "other", "token_type": "Bearer"})
			},
			saw: "initialize: answers 401", fix: "compare their audience with https://mcp.example/mcp",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite()
			if tt.spoil != nil {
				tt.spoil(s)
			}
			var out bytes.Buffer
			err := Run(t.Context(), Options{
				URL: endpoint, Login: true, Out: &out, HTTP: &http.Client{Transport: s},
				Open: func(page string) error { return approve(page, tt.back) },
			})
			if (err == nil) != tt.ok {
				t.Errorf("Run = %v, want success: %v", err, tt.ok)
			}
			report, sentence := split(t, out.String())
			if !strings.Contains(report, tt.saw) || !strings.Contains(sentence, tt.fix) {
				t.Errorf("want %q and %q in:\n%s", tt.saw, tt.fix, out.String())
			}
			checkRedemption(t, s)
		})
	}
}

// approve sends the browser back with a code.
func approve(page string, change func(url.Values)) error {
	u, err := url.Parse(page)
	if err != nil {
		return err
	}
	q := url.Values{"code": {"the-code"}, "state": {u.Query().Get("state")}, "iss": {issuer}}
	change(q)
	resp, err := http.Get(u.Query().Get("redirect_uri") + "?" + q.Encode())
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// checkRedemption holds the request for a token to what was registered.
func checkRedemption(t *testing.T, s *site) {
	t.Helper()
	form, _ := url.ParseQuery(s.asked["POST auth.example/token"])
	if len(form) == 0 {
		return // it did not come so far
	}
	for name, want := range map[string]string{"grant_type": "authorization_code", "code": "the-code", "client_id": "c1", "resource": endpoint} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	asked, _ := url.ParseQuery(s.asked["GET auth.example/authorize"])
	if got := (proof{verifier: form.Get("code_verifier")}).challenge(); got != asked.Get("code_challenge") || form.Get("redirect_uri") != asked.Get("redirect_uri") {
		t.Errorf("the code is redeemed by another proof or redirect than it was asked for: %v", asked)
	}
}
