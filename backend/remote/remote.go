// Package remote is the backend that is another MCP server, wherever it runs
// and however it is reached.
//
//	gateway -> Backend -> client.Server -> HTTP, or a line to a process
//
// What the gateway knows of it is its catalog; calls, watches and sessions go
// to the client as they are.
package remote

import (
	"context"
	"sync/atomic"
	"time"

	"gatehouse/gateway"
	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
	"gatehouse/mcp/client/offer"
)

// Backend is a [gateway.Backend] over another server.
type Backend struct {
	server *client.Server
	shown  atomic.Pointer[shown]
}

var (
	_ gateway.Backend = (*Backend)(nil)
	_ gateway.Asker   = (*Backend)(nil)
	_ gateway.Ager    = (*Backend)(nil)
)

// New returns the backend that is s, which it takes over.
func New(s *client.Server) *Backend { return &Backend{server: s} }

// shown is an offer, and the catalog that was made of it.
type shown struct {
	of      *offer.Offer
	catalog *gateway.Catalog
}

// Catalog implements [gateway.Backend].
func (b *Backend) Catalog(ctx context.Context) (*gateway.Catalog, error) {
	o, err := b.server.Offer(ctx)
	if err != nil {
		return nil, err
	}
	old := b.shown.Load()
	if old != nil && old.of == o {
		return old.catalog, nil
	}
	fresh := &shown{o, catalog(o)}
	if b.shown.CompareAndSwap(old, fresh) {
		return fresh.catalog, nil
	}
	if now := b.shown.Load(); now.of == o {
		return now.catalog, nil // another was faster
	}
	return fresh.catalog, nil
}

func catalog(o *offer.Offer) *gateway.Catalog {
	return &gateway.Catalog{
		Info:         o.Info,
		Capabilities: o.Capabilities,
		Instructions: o.Instructions,
		Tools:        entries(o.Tools),
		Prompts:      entries(o.Prompts),
		Resources:    entries(o.Resources),
		Templates:    entries(o.Templates),
	}
}

func entries(of []offer.Entry) []gateway.Entry {
	if len(of) == 0 {
		return nil
	}
	all := make([]gateway.Entry, len(of))
	for i, e := range of {
		all[i] = gateway.Entry{Name: e.Name, Raw: e.Raw}
	}
	return all
}

// Call implements [gateway.Backend].
func (b *Backend) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	return b.server.Call(ctx, who, req, peer)
}

// Watch implements [gateway.Backend].
func (b *Backend) Watch(ctx context.Context, who identity.Principal, of *mcp.Client, changes mcp.Changes, notify gateway.Notify) (mcp.Changes, error) {
	return b.server.Watch(ctx, who, of, changes, notify)
}

// AsksInCall reports whether the server, as it was last met, may ask a client
// in the middle of a call.
func (b *Backend) AsksInCall() bool { return b.server.Legacy() }

// Stale reports since when the server has not said what it offers, and why. The
// time is zero if it has.
func (b *Backend) Stale() (since time.Time, cause error) {
	st := b.server.Status()
	if st.State != client.Stale {
		return time.Time{}, nil
	}
	return st.Failed, st.Err
}

// Status tells how the server does, without asking it.
func (b *Backend) Status() client.Status { return b.server.Status() }

// End implements [gateway.Backend].
func (b *Backend) End(session string) { b.server.End(session) }

// Close implements [gateway.Backend].
func (b *Backend) Close() error { return b.server.Close() }
