package doctor

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAuthenticate(t *testing.T) {
	for _, tt := range []struct {
		name       string
		client     clientRecord
		basic      string // user and password of the header
		id, secret string // in the form
	}{
		{"a public client names itself", clientRecord{ID: "c", Method: "none"}, "", "c", ""},
		{"a secret that the method has no use for", clientRecord{ID: "c", Secret: "s", Method: "none"}, "", "c", ""},
		{"a secret in the form", clientRecord{ID: "c", Secret: "s", Method: "client_secret_post"}, "", "c", "s"},
		{"a secret in the header", clientRecord{ID: "c", Secret: "s", Method: "client_secret_basic"}, "c s", "", ""},
		{"a secret without a word about the method", clientRecord{ID: "c", Secret: "a:b"}, "c a%3Ab", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header, form := make(http.Header), url.Values{"client_id": {tt.client.ID}}
			tt.client.authenticate(header, form)
			user, password, _ := (&http.Request{Header: header}).BasicAuth()
			if got := strings.TrimSpace(user + " " + password); got != tt.basic {
				t.Errorf("header = %q, want %q", got, tt.basic)
			}
			if form.Get("client_id") != tt.id || form.Get("client_secret") != tt.secret {
				t.Errorf("form = %v, want client %q and secret %q", form, tt.id, tt.secret)
			}
		})
	}
}

func TestCallbackTakesTheFirstAnswer(t *testing.T) {
	c := &callback{came: make(chan url.Values, 1)}
	for _, tt := range []struct {
		target string
		status int
	}{
		{"/favicon.ico", 404},
		{"/callback?code=1", 200},
		{"/callback?code=2", 200},
	} {
		rec := httptest.NewRecorder()
		c.ServeHTTP(rec, httptest.NewRequest("GET", tt.target, nil))
		if rec.Code != tt.status {
			t.Errorf("GET %s = %d, want %d", tt.target, rec.Code, tt.status)
		}
	}
	if got := (<-c.came).Get("code"); got != "1" {
		t.Errorf("code = %q, want the first", got)
	}
}

func TestSafe(t *testing.T) {
	for to, want := range map[string]bool{
		"https://auth.example/token":    true,
		"http://127.0.0.1:8787/token":   true,
		"http://[::1]/token":            true,
		"http://localhost/token":        true,
		"http://auth.example/token":     false,
		"http://127.0.0.1.example/":     false,
		"https://user@auth.example/":    false,
		"javascript:alert(1)":           false,
		"/token":                        false,
		"":                              false,
		"ftp://127.0.0.1/token":         false,
		"http://localhost.evil.example": false,
	} {
		if got := safe(to); got != want {
			t.Errorf("safe(%q) = %v, want %v", to, got, want)
		}
	}
}
