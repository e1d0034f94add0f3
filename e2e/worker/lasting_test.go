package worker

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
)

// lasting is a Worker that keeps its records and its URL, whatever process
// serves it.
type lasting struct {
	road.Site
	launch  func() *workerd.Process
	process *workerd.Process
}

// at launches a Worker at a URL.
func at(t *testing.T, address string, transport *http.Transport, launch func() *workerd.Process) *lasting {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	host := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
	l := &lasting{launch: launch}
	dialer := new(net.Dialer)
	transport.DisableKeepAlives = true // see fresh
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == host {
			_, addr, _ = strings.Cut(l.process.URL, "://")
		}
		return dialer.DialContext(ctx, network, addr)
	}
	l.Site, l.process = road.Over(address, transport), launch()
	return l
}

// start launches a process, and waits until its program answers.
func (l *lasting) start(t *testing.T) {
	t.Helper()
	l.process = l.launch()
	if r := l.Get(t, "/healthz"); r.Status != http.StatusOK {
		t.Fatalf("health = %v", r)
	}
}

// kill ends the process as a power cut would.
func (l *lasting) kill() {
	l.process.Kill()
	l.Client.CloseIdleConnections()
}

// restart kills the process, and starts another.
func (l *lasting) restart(t *testing.T) {
	t.Helper()
	l.kill()
	l.start(t)
}
