package worker

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
)

// lasting is a Worker that keeps its records and its URL, whatever process
// serves it.
type lasting struct {
	road.Site
	launch  func() *workerd.Process
	process atomic.Pointer[workerd.Process] // a dial may outlive its request
}

// at launches a Worker at a URL.
func at(t *testing.T, address string, transport *http.Transport, launch func() *workerd.Process) *lasting {
	t.Helper()
	l := &lasting{launch: launch}
	l.process.Store(launch())
	l.Site = road.Over(address, leadTo(t, transport, address, l.process.Load))
	return l
}

// leadTo has a transport dial the process that runs now at a URL, whatever its
// port is. Nothing is kept: it would die with the process.
func leadTo(t *testing.T, transport *http.Transport, address string, now func() *workerd.Process) *http.Transport {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	home := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
	dialer := new(net.Dialer)
	transport.DisableKeepAlives = true
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == home {
			addr = strings.TrimPrefix(now().URL, "http://")
		}
		return dialer.DialContext(ctx, network, addr)
	}
	return transport
}

// start launches a process, and waits until its program answers.
func (l *lasting) start(t *testing.T) {
	t.Helper()
	l.process.Store(l.launch())
	if r := l.Get(t, "/healthz"); r.Status != http.StatusOK {
		t.Fatalf("health = %v", r)
	}
}

// kill ends the process as a power cut would.
func (l *lasting) kill() {
	l.process.Load().Kill()
}

// restart kills the process, and starts another.
func (l *lasting) restart(t *testing.T) {
	t.Helper()
	l.kill()
	l.start(t)
}
