package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/late"
)

// What holds where a Transport says nothing else.
const (
	dialTime  = 10 * time.Second
	idleTime  = 90 * time.Second
	idleConns = 256 // to one server
)

// Transport is an http.RoundTripper. Its fields are not changed once it is in
// use; the zero Transport is ready.
type Transport struct {
	// Dial connects; nil is a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is for https; nil is the system's roots.
	TLS *tls.Config

	mu   sync.Mutex
	idle map[origin][]*conn // the last one was used last
	late *late.Clock        // of all connections; nil as long as there is none
}

// origin is a server.
type origin struct{ scheme, host string }

// RoundTrip sends a request and reads the head of its answer. The body must be
// read to its end or closed. The request's body must have a length.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if r.ContentLength < 0 {
		return nil, errors.New("h1: the body of a request needs a length")
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, fmt.Errorf("h1: unsupported scheme %q", r.URL.Scheme)
	}
	if ctx := r.Context(); ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	to := origin{r.URL.Scheme, r.URL.Host}
	if c := t.take(to); c != nil {
		res, err := c.exchange(r)
		if !errors.Is(err, errUnused) || !replayable(r) {
			return res, err
		}
	}
	c, err := t.connect(r.Context(), to)
	if err != nil {
		return nil, err
	}
	return c.exchange(r)
}

// replayable reports whether a request that the server may have begun to serve
// can be sent again (RFC 9110, section 9.2.2).
func replayable(r *http.Request) bool {
	return (r.Body == nil || r.Body == http.NoBody) && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// take returns an idle connection on which a request can be sent; nil if there
// is none.
func (t *Transport) take(to origin) *conn {
	for {
		t.mu.Lock()
		waiting := t.idle[to]
		if len(waiting) == 0 {
			t.mu.Unlock()
			return nil
		}
		c := waiting[len(waiting)-1]
		waiting[len(waiting)-1] = nil
		t.idle[to] = waiting[:len(waiting)-1]
		t.mu.Unlock()
		if time.Now().Before(c.until) && c.silent() {
			return c
		}
		c.close()
	}
}

// clock rings when an answer does not come soon.
func (t *Transport) clock() *late.Clock {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.late == nil {
		t.late = &late.Clock{After: soon}
	}
	return t.late
}

// keep puts a connection aside for the next request.
func (t *Transport) keep(c *conn) {
	now := time.Now()
	c.until = now.Add(c.patience)
	t.mu.Lock()
	if t.idle == nil {
		t.idle = make(map[origin][]*conn)
	}
	waiting := t.idle[c.to]
	var stale []*conn
	for len(waiting) > 0 && (len(waiting) >= idleConns || now.After(waiting[0].until)) {
		stale = append(stale, waiting[0])
		waiting = waiting[1:]
	}
	t.idle[c.to] = append(waiting, c)
	t.mu.Unlock()
	for _, old := range stale {
		old.close()
	}
}

// CloseIdleConnections closes what no request uses.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	all := t.idle
	t.idle = nil
	t.mu.Unlock()
	for _, waiting := range all {
		for _, c := range waiting {
			c.close()
		}
	}
}

// connect makes a connection to a server.
func (t *Transport) connect(ctx context.Context, to origin) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	dial := t.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	line, err := dial(ctx, "tcp", address(to))
	if err != nil {
		return nil, err
	}
	if to.scheme == "http" {
		return newConn(t, to, line, line), nil
	}
	config := &tls.Config{}
	if t.TLS != nil {
		config = t.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address(to))
	}
	config.NextProtos = []string{"http/1.1"}
	secure := tls.Client(line, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		line.Close()
		return nil, err
	}
	return newConn(t, to, secure, line), nil
}

// address is host and port to connect to.
func address(to origin) string {
	host, port, err := net.SplitHostPort(to.host)
	if err == nil {
		return net.JoinHostPort(host, port)
	}
	port = "80"
	if to.scheme == "https" {
		port = "443"
	}
	host = to.host
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	return net.JoinHostPort(host, port)
}
