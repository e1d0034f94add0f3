package authorize_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzAuthorize holds the endpoint to this: whatever the query, the answer is
// a page of ours, the next step, or an answer at a redirect URI that is
// registered.
func FuzzAuthorize(f *testing.F) {
	for _, seed := range []string{
		"",
		asked().Encode(),
		asked("redirect_uri", "https://evil.example/").Encode(),
		asked("prompt", "none").Encode(),
		asked("redirect_uri", "http://127.0.0.1:9/cb", "scope", "x").Encode(),
		asked("redirect_uri", "com.example.app:/cb", "state", "\r\n").Encode(),
		asked().Encode() + "&redirect_uri=x&state=%ff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		h := newHouse(t)
		r := httptest.NewRequest(http.MethodGet, "/authorize", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.mux.ServeHTTP(w, r)

		location := w.Header().Get("Location")
		switch w.Code {
		case http.StatusBadRequest:
			if location != "" {
				t.Errorf("a page of ours leads to %q", location)
			}
		case http.StatusSeeOther:
			if !leadsHome(location) || strings.ContainsAny(location, "\r\n\x00") || !utf8.ValidString(location) {
				t.Errorf("the browser is sent to %q", location)
			}
		default:
			t.Errorf("status = %d", w.Code)
		}
	})
}

func leadsHome(location string) bool {
	if strings.HasPrefix(location, "/authorize/") {
		return true
	}
	if port, ok := strings.CutPrefix(location, "http://127.0.0.1"); ok {
		_, path, _ := strings.Cut(port, "/")
		return strings.HasPrefix(path, "cb?")
	}
	for _, uri := range []string{redirect + "?", "https://ok.example/q?a=1&", "com.example.app:/cb?"} {
		if strings.HasPrefix(location, uri) {
			return true
		}
	}
	return false
}
