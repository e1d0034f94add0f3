package conformance

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// authorized is the endpoint at target with the token in each request, at an
// address on loopback. Where a request names the proxy it names the host
// instead; a Host or an Origin that the suite made up goes through unchanged,
// since refusing it is the host's work.
func authorized(t *testing.T, target, token string) string {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	var own string
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			r.Out.Host = r.In.Host
			if r.In.Host == own {
				r.Out.Host = to.Host
			}
			if r.In.Header.Get("Origin") == "http://"+own {
				r.Out.Header.Set("Origin", to.Scheme+"://"+to.Host)
			}
			r.Out.Header.Set("Authorization", "Bearer "+token)
		},
		FlushInterval: -1,                         // a stream goes through as it is written
		ErrorLog:      log.New(io.Discard, "", 0), // the suite leaves streams in the middle
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The host may begin to answer before the proxy has seen the end of
		// the body. Without this, net/http would close the body under the
		// proxy's hands then, and with it the connection to the host.
		http.NewResponseController(w).EnableFullDuplex()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	own = srv.Listener.Addr().String()
	return srv.URL + to.Path
}
