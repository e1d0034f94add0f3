package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// script is a backend elsewhere, which does as a test wants.
type script struct {
	offers func(ctx context.Context) (*Catalog, error)
	does   func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)

	mu      sync.Mutex
	heard   []Notify
	ended   []string
	wanted  []mcp.Changes
	changed func()

	closed  atomic.Int32
	fetched atomic.Int32
	calls   atomic.Int32
}

func (s *script) Catalog(ctx context.Context) (*Catalog, error) {
	s.fetched.Add(1)
	return s.offers(ctx)
}

func (s *script) Call(ctx context.Context, _ identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	s.calls.Add(1)
	if s.does == nil {
		return mcp.Result{Raw: jsontext.Value(`{"asked":` + string(req.Params) + `}`)}, nil
	}
	return s.does(ctx, req, peer)
}

func (s *script) Watch(ctx context.Context, _ identity.Principal, _ *mcp.Client, c mcp.Changes, notify Notify) (mcp.Changes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = append(s.wanted, c)
	s.heard = append(s.heard, func(method string, params jsontext.Value) {
		if ctx.Err() == nil {
			notify(method, params)
		}
	})
	return c, nil
}

// say notifies all who watch.
func (s *script) say(method string, params string) {
	s.mu.Lock()
	heard := s.heard
	s.mu.Unlock()
	for _, notify := range heard {
		notify(method, jsontext.Value(params))
	}
}

func (s *script) End(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, session)
}

func (s *script) Close() error {
	s.closed.Add(1)
	return nil
}

// announcing is a script that says when its catalog has changed.
type announcing struct{ script }

func (a *announcing) OnChange(changed func()) { a.changed = changed }

// offer has a script always offer the same.
func offer(c *Catalog) func(context.Context) (*Catalog, error) {
	return func(context.Context) (*Catalog, error) { return c, nil }
}

// dead is a backend that cannot be reached.
func dead(context.Context) (*Catalog, error) {
	return nil, fault.Wrap(context.DeadlineExceeded, fault.Unavailable, "dial tcp 10.0.0.7: connection refused")
}

// hung is a backend that takes a connection and says nothing.
func hung(ctx context.Context) (*Catalog, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// oneTool offers a tool and nothing else.
func oneTool(name string) *Catalog {
	return &Catalog{Capabilities: jsontext.Value(`{"tools":{}}`), Tools: []Entry{entry("name", name)}}
}

// inBubble runs a test in which time stands still but for sleep. The gateway
// is closed at its end, and nothing of it may go on.
func inBubble(t *testing.T, mounts []Mount, test func(t *testing.T, g *Gateway)) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGateway(mounts...)
		g.PageSize = 0
		defer func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, g)
	})
}

// list returns a list as a client sees it.
func list(t *testing.T, g *Gateway, method string) string {
	t.Helper()
	raw, err := call(t, g, alice, method, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// hearing collects what a watcher is told.
type hearing struct {
	mu    sync.Mutex
	notes []string
}

func (h *hearing) notify(method string, params jsontext.Value) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, method+string(params))
}

func (h *hearing) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	notes := h.notes
	h.notes = nil
	return notes
}

// logged makes a log that a test can read.
func logged(g *Gateway) *lines {
	l := new(lines)
	g.Log = slog.New(slog.NewTextHandler(l, nil))
	return l
}

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
