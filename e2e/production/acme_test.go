package production

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/authority"
	"gatehouse/e2e/road"
)

func TestACME(t *testing.T) {
	t.Parallel()
	const name = "mcp.example.test"
	p := newPlace(t, "https")
	p.named(name)
	ca := newIssuer(t, p.addr)
	p.configure(t, fmt.Sprintf("tls: {acme: {email: ops@example.test, directory: '%s/directory'}}\nlogin: {password: true}", ca.url))
	p.do(t, password+"\n", "user", "add", "ada")

	t.Run("the first request gets the certificate", func(t *testing.T) {
		p.start(t)
		p.WantCaller(t, p.Connect(t, p.Person("ada"), everything).Access, "ada")
		if r := p.Get(t, "/"); r.Proto != "HTTP/2.0" {
			t.Errorf("the home page came by %s", r.Proto)
		}
		if got := ca.contacts(); !slices.Equal(got, []string{"mailto:ops@example.test"}) {
			t.Errorf("the contact is %v", got)
		}
		p.wantHandshake(t, "another.example.test", tls.VersionTLS13, false)
		p.wantHandshake(t, name, tls.VersionTLS12, true)
		p.wantHandshake(t, name, tls.VersionTLS11, false)
	})
	t.Run("it is kept where only the server can read it", func(t *testing.T) {
		info, err := os.Stat(filepath.Join(p.data(), "acme", name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the certificate is %v, %v", info, err)
		}
	})
	t.Run("a restart asks for none", func(t *testing.T) {
		before := ca.asked()
		p.start(t)
		if r := p.Get(t, "/"); r.Status != http.StatusOK || ca.asked() != before {
			t.Errorf("the home page = %v, after %d more requests to the authority", r, ca.asked()-before)
		}
	})
	t.Run("an authority that refuses is said in the log", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(p.data(), "acme")); err != nil {
			t.Fatal(err)
		}
		ca.refuse()
		p.start(t)
		p.wantHandshake(t, name, tls.VersionTLS13, false)
		eventually(t, 5*time.Second, "the log says why", func() bool {
			said := string(p.log.Tail(4 << 10))
			return strings.Contains(said, `level=ERROR msg="no certificate" name=`+name) && strings.Contains(said, "403")
		})
	})
}

// named gives the place another name, which resolves for its clients alone.
func (p *place) named(name string) {
	_, port, _ := net.SplitHostPort(p.addr)
	transport, dialer, addr := authority.Trusting(), new(net.Dialer), p.addr
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, addr)
	}
	p.Site = road.Over("https://"+net.JoinHostPort(name, port), transport)
}

func (p *place) wantHandshake(t *testing.T, name string, version uint16, good bool) {
	t.Helper()
	conn, err := tls.Dial("tcp", p.addr, &tls.Config{
		ServerName: name, RootCAs: authority.The().Pool(), MinVersion: tls.VersionTLS10, MaxVersion: version,
	})
	if (err == nil) != good {
		t.Errorf("%s for %s = %v", tls.VersionName(version), name, err)
	}
	if err == nil {
		conn.Close()
	}
}
