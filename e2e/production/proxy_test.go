package production

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"gatehouse/e2e/authority"
	"gatehouse/e2e/road"
)

// front puts a proxy that terminates TLS in front of the place. It passes Host
// on, and adds the address of its client to those that the client names.
func (p *place) front(t *testing.T) {
	t.Helper()
	target, err := url.Parse("http://" + p.addr)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := authority.The().Pair(t, "localhost", "127.0.0.1")
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
	}})
	proxy.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	_, port, _ := net.SplitHostPort(proxy.Listener.Addr().String())
	p.Site = road.Over("https://localhost:"+port, authority.Trusting())
}

func from(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }

func TestProxy(t *testing.T) {
	t.Parallel()
	const rest = "login: {password: true}\nlimits: {registrations: 3}\n"

	t.Run("one that is named", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "https")
		p.front(t)
		p.configure(t, rest+"proxies: [127.0.0.1]")
		p.do(t, password+"\n", "user", "add", "ada")
		p.start(t)
		ada := p.Person("ada")
		p.WantCaller(t, p.Connect(t, ada, everything).Access, "ada")
		p.wantCookies(t, ada)

		for range 3 {
			if r := p.tryRegister(t, from("203.0.113.7")); r.Status != http.StatusCreated {
				t.Errorf("register = %v", r)
			}
		}
		for address, want := range map[string]int{
			"203.0.113.7":               http.StatusTooManyRequests,
			"198.51.100.9, 203.0.113.7": http.StatusTooManyRequests, // the client may say what it likes, in front
			"203.0.113.8":               http.StatusCreated,
			"2001:db8::1":               http.StatusCreated,
		} {
			if r := p.tryRegister(t, from(address)); r.Status != want {
				t.Errorf("register from %s = %v, want %d", address, r, want)
			}
		}
		if r := p.Get(t, "/"); r.Status != http.StatusOK {
			t.Errorf("the home page = %v", r)
		}
	})

	t.Run("one that is not named is not believed", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, rest+"proxies: [10.0.0.0/8]")
		p.start(t)
		for i, want := range []int{201, 201, 201, 429} {
			if r := p.tryRegister(t, from("203.0.113."+string(rune('1'+i)))); r.Status != want {
				t.Errorf("registration %d = %v, want %d", i+1, r, want)
			}
		}
	})

	t.Run("one that does not pass Host on is told so", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, rest)
		p.start(t)
		p.URL = "http://" + p.addr // the name of the place as a proxy dials it
		if r := p.Get(t, "/"); !r.Has(http.StatusForbidden, "This server does not answer to that name") {
			t.Errorf("another Host = %v", r)
		}
	})
}
