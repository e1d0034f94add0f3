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
		p.wantCaller(t, p.connect(t, p.person("ada")).Access, "ada")
		if r := p.get(t, "/"); r.proto != "HTTP/2.0" {
			t.Errorf("the home page came by %s", r.proto)
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
		if r := p.get(t, "/"); r.status != http.StatusOK || ca.asked() != before {
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
	p.site = newSite("https://" + net.JoinHostPort(name, port))
	dialer, addr := new(net.Dialer), p.addr
	p.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, addr)
	}
}

func (p *place) wantHandshake(t *testing.T, name string, version uint16, good bool) {
	t.Helper()
	conn, err := tls.Dial("tcp", p.addr, &tls.Config{
		ServerName: name, RootCAs: theAuthority().pool(), MinVersion: tls.VersionTLS10, MaxVersion: version,
	})
	if (err == nil) != good {
		t.Errorf("%s for %s = %v", tls.VersionName(version), name, err)
	}
	if err == nil {
		conn.Close()
	}
}
