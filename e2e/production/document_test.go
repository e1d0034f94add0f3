package production

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/e2e/road"
)

// describe serves a document that describes a client at its own address, and
// counts the connections: a handshake that fails is a fetch, too.
func describe(t *testing.T, start func(*httptest.Server)) (id string, knocks *atomic.Int64) {
	t.Helper()
	knocks = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"client_id":%q,"client_name":"Documented","redirect_uris":[%q],"token_endpoint_auth_method":"none"}`, id, road.Callback)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			knocks.Add(1)
		}
	}
	start(s)
	t.Cleanup(s.Close)
	id = s.URL + "/client.json"
	return id, knocks
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	plain, knocks := describe(t, (*httptest.Server).Start)
	secure, secureKnocks := describe(t, (*httptest.Server).StartTLS)

	t.Run("in development a document may be on the same machine", func(t *testing.T) {
		p := newPlace(t, "http")
		p.configure(t, "")
		p.start(t, "dev")
		r := p.Way(plain, everything)
		away, err := p.Person("ada").Follow(t.Context(), r.Start())
		if err != nil {
			t.Fatal(err)
		}
		p.WantCaller(t, r.Finish(t, away).Access, "ada")
	})

	before, beforeSecure := knocks.Load(), secureKnocks.Load()
	p := newPlace(t, "http")
	p.configure(t, "login: {password: true}")
	p.start(t)
	for name, id := range map[string]string{
		"on this machine, plainly":       plain,
		"on this machine, by TLS":        secure,
		"by the name of this machine":    strings.Replace(secure, "127.0.0.1", "localhost", 1),
		"on this machine, in disguise":   strings.Replace(secure, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
		"in the network of the operator": "https://10.0.0.1/client.json",
		"where clouds keep credentials":  "https://169.254.169.254/client.json",
		"at no address":                  "https://0.0.0.0/client.json",
	} {
		t.Run("a document "+name+" is not fetched", func(t *testing.T) {
			r, err := p.Way(id, everything).Knock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r.Status < 400 || r.Status >= 500 || r.Header.Get("Location") != "" || !strings.Contains(r.Header.Get("Content-Type"), "text/html") {
				t.Errorf("the page is %v", r)
			}
			if !strings.Contains(r.Body, "client") || strings.Contains(r.Body, "dial") {
				t.Errorf("the page says %s", r.Body)
			}
		})
	}
	if knocks.Load() != before || secureKnocks.Load() != beforeSecure {
		t.Error("the server knocked at a private address")
	}
}
