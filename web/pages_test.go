package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
)

// drawn is every page, each with a hostile text wherever one can be.
func drawn(t *testing.T) map[string]*httptest.ResponseRecorder {
	t.Helper()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	p := Pages{Base: "/gate"}
	pages := map[string]*httptest.ResponseRecorder{}
	draw := func(name string, page func(http.ResponseWriter) error) {
		w := httptest.NewRecorder()
		if err := page(w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		pages[name] = w
	}
	draw("home", func(w http.ResponseWriter) error {
		return p.Home(w, Home{Name: evil, URL: "https://gate.example", Person: evil})
	})
	draw("login", func(w http.ResponseWriter) error {
		return p.Login(w, Login{Client: evil, Name: evil, Failure: evil, Providers: []LoginProvider{
			{ID: "password", Label: evil, Notice: evil, Form: true, Action: "/a"},
			{ID: "one", Label: evil, Notice: evil, Action: "javascript:alert(1)"},
		}})
	})
	draw("login without a provider", func(w http.ResponseWriter) error { return p.Login(w, Login{}) })
	draw("consent", func(w http.ResponseWriter) error {
		return p.Consent(w, Consent{
			Client: evil, SelfRegistered: true, Publisher: evil, RedirectURI: "https://ok.example/cb", RedirectHost: evil,
			Loopback: true, Resource: evil, Scopes: []Scope{{evil, evil}}, Person: evil, Account: evil, Tag: evil, Action: "/a", SwitchAction: "/b",
		})
	})
	draw("consent without scopes", func(w http.ResponseWriter) error { return p.Consent(w, Consent{}) })
	draw("error", func(w http.ResponseWriter) error {
		p.Error(w, httptest.NewRequest(http.MethodGet, "/", nil), &Problem{Kind: fault.Invalid, Heading: evil, What: evil, Do: evil})
		return nil
	})
	draw("logged out", func(w http.ResponseWriter) error { return p.LoggedOut(w, nil) })
	draw("done", func(w http.ResponseWriter) error { return p.Done(w, nil) })
	return pages
}

func TestHeaders(t *testing.T) {
	for name, w := range drawn(t) {
		t.Run(name, func(t *testing.T) {
			for header, want := range map[string]string{
				"Content-Type":           "text/html; charset=utf-8",
				"Cache-Control":          "no-store",
				"Referrer-Policy":        "no-referrer",
				"X-Content-Type-Options": "nosniff",
				"X-Frame-Options":        "DENY",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s = %q, want %q", header, got, want)
				}
			}
			csp := w.Header().Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("policy = %q, want %s in it", csp, want)
				}
			}
			if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
				t.Errorf("policy = %q, want no script and nothing unsafe", csp)
			}
			style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(w.Body.String())
			if style == nil {
				t.Fatal("no style sheet")
			}
			sum := sha256.Sum256([]byte(style[1]))
			if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(csp, "style-src 'sha256-"+hash+"'") {
				t.Errorf("policy = %q, want the style sheet's hash %s", csp, hash)
			}
		})
	}
}

func TestPagesAreWhole(t *testing.T) {
	for name, w := range drawn(t) {
		t.Run(name, func(t *testing.T) {
			body := w.Body.String()
			for _, once := range []string{"<!doctype html>", `<html lang="en">`, "<main id=\"main\">", "</main>", "<h1>", "<header>", "</html>"} {
				if n := strings.Count(body, once); n != 1 {
					t.Errorf("%s is there %d times", once, n)
				}
			}
			for _, never := range []string{"<script", "<img", "onerror=alert(1)>", "javascript:", " style=", "<iframe", "http-equiv"} {
				if strings.Contains(body, never) {
					t.Errorf("%s is on the page", never)
				}
			}
			for _, m := range regexp.MustCompile(`<input id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
				if !strings.Contains(body, `<label for="`+m[1]+`">`) {
					t.Errorf("the field %s has no label", m[1])
				}
			}
		})
	}
}

func TestNothingIsLoaded(t *testing.T) {
	loads := regexp.MustCompile(`(?:src|srcset|poster|data|<link[^>]* href)="([^"]*)"|url\(|@import`)
	for name, w := range drawn(t) {
		for _, m := range loads.FindAllStringSubmatch(w.Body.String(), -1) {
			if m[1] != "/gate/favicon.svg" {
				t.Errorf("%s loads %q", name, m[0])
			}
		}
	}
}

func TestFormTargets(t *testing.T) {
	for uri, want := range map[string]string{
		"https://ok.example/cb":      "https:",
		"http://127.0.0.1:6276/cb":   "http://127.0.0.1:6276 https:",
		"http://localhost:3334/cb?x": "http://localhost:3334 https:",
		"http://[::1]:1/cb":          "http: https:",
		"cursor://anysphere/cb":      "cursor: https:",
		"com.example.app:/cb":        "com.example.app: https:",
		"":                           "",
		"%":                          "",
	} {
		if got := strings.Join(FormTargets(uri), " "); got != want {
			t.Errorf("FormTargets(%q) = %q, want %q", uri, got, want)
		}
	}
}

func TestError(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		status int
		words  string
	}{
		"a problem says its words":             {&Problem{Kind: fault.Denied, Heading: "No", What: "Because."}, http.StatusForbidden, "Because."},
		"a fault says its public ones":         {fault.New(fault.TooMany, "Slowly."), http.StatusTooManyRequests, "Slowly."},
		"nothing there, in words of its own":   {fault.New(fault.NotFound, "No such door."), http.StatusNotFound, "No such door."},
		"nothing there, without any":           {fault.NotFound, http.StatusNotFound, "no page at this address"},
		"a store that is busy":                 {fault.Unavailable, http.StatusServiceUnavailable, "Try again in a moment"},
		"what nobody foresaw keeps its secret": {errors.New("dial tcp 10.0.0.1"), http.StatusInternalServerError, "Something went wrong here"},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			failing := httpx.Serve(func(http.ResponseWriter, *http.Request) error { return tt.err }, Pages{}.Error)
			log := slog.New(slog.NewTextHandler(io.Discard, nil))
			httpx.Observe(log, Pages{}.Error, failing).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
				t.Errorf("got %d, want %d with %q:\n%s", w.Code, tt.status, tt.words, w.Body)
			}
			if strings.Contains(w.Body.String(), "10.0.0.1") {
				t.Error("a stranger reads the cause")
			}
			if id := w.Header().Get("X-Request-Id"); id == "" || !strings.Contains(w.Body.String(), "<code>"+id+"</code>") {
				t.Errorf("the page does not name the request %q", id)
			}
		})
	}
}

func TestIcon(t *testing.T) {
	w := httptest.NewRecorder()
	if err := Icon(w, nil); err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(w.Body.String(), "<svg") {
		t.Errorf("got %v %s", w.Header(), w.Body)
	}
}
