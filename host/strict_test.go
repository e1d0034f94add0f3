package host_test

import (
	"net/http/httptest"
	"testing"

	"gatehouse/host"
)

func TestStrictTransportSecurity(t *testing.T) {
	s := start(t, func(c *host.Config) { c.URLs = append(c.URLs, "https://gate.example") })
	for url, want := range map[string]string{
		"https://gate.example/":    "max-age=31536000",
		"https://gate.example/mcp": "max-age=31536000",
		s.URL + "/":                "", // a browser would keep it for all of localhost
	} {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s says %q, want %q", url, got, want)
		}
	}
}
