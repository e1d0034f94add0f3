package clients

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

const (
	unusedLife = 24 * time.Hour
	usedLife   = 90 * 24 * time.Hour
	renewAfter = 24 * time.Hour // a client in daily use is one write a day
	maxID      = 64
)

// Registry keeps the clients that registered themselves. One that nobody uses
// is forgotten after a day; each use keeps it for another 90.
type Registry struct {
	Table *store.Table[oauth.Client]
	Max   int // registrations at a time; 0 is no limit
	Now   func() time.Time

	mu    sync.Mutex
	count int // at least as many as there are, once counted
	known bool
}

// NewTable returns the table of a [Registry].
func NewTable(kv store.KV) *store.Table[oauth.Client] {
	return store.NewTable(kv, "clients", func(c oauth.Client) time.Time { return c.Expires })
}

// Find returns a registered client, or fault.NotFound.
func (g *Registry) Find(ctx context.Context, id string) (oauth.Client, error) {
	if len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '/' }) {
		return oauth.Client{}, unknown()
	}
	c, err := g.Table.Get(ctx, id)
	if errors.Is(err, fault.NotFound) || (err == nil && !g.Now().Before(c.Expires)) {
		return oauth.Client{}, unknown()
	}
	return c, err
}

// Used keeps the client for another 90 days, or fails with fault.NotFound.
func (g *Registry) Used(ctx context.Context, id string) error {
	c, err := g.Table.Get(ctx, id)
	if err != nil {
		return err
	}
	until := g.Now().Add(usedLife)
	if until.Sub(c.Expires) < renewAfter {
		return nil
	}
	_, err = g.Table.Update(ctx, id, func(c *oauth.Client) error {
		c.Expires = until
		return nil
	})
	return err
}

// Add registers a client: it sets its origin and its times, and makes room by
// forgetting clients that were never used. It fails with fault.Unavailable if
// all that are registered are in use.
func (g *Registry) Add(ctx context.Context, c *oauth.Client) error {
	if err := g.makeRoom(ctx); err != nil {
		return err
	}
	c.Origin = oauth.Registered
	c.Created = g.Now()
	c.Expires = c.Created.Add(unusedLife)
	return g.Table.Insert(ctx, c.ID, *c)
}

func (g *Registry) makeRoom(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Max > 0 && (!g.known || g.count >= g.Max) {
		if err := g.evict(ctx); err != nil {
			return err
		}
	}
	g.count++
	return nil
}

// evict counts, and if there is no room forgets the oldest of the unused, a
// tenth of all at a time so that not every registration has to look again.
func (g *Registry) evict(ctx context.Context) error {
	var unused []oauth.Client
	g.count = 0
	for _, res := range g.Table.All(ctx, "") {
		if res.Err != nil {
			return res.Err
		}
		g.count++
		if c := res.Row; c.Expires.Sub(c.Created) <= unusedLife {
			unused = append(unused, c)
		}
	}
	g.known = true
	if g.count < g.Max {
		return nil
	}
	slices.SortFunc(unused, func(a, b oauth.Client) int { return a.Created.Compare(b.Created) })
	for _, c := range unused[:min(len(unused), g.count-g.Max+1+g.Max/10)] {
		if err := g.Table.Delete(ctx, c.ID); err != nil {
			return err
		}
		g.count--
	}
	if g.count >= g.Max {
		return fault.New(fault.Unavailable, "This server cannot register more clients now.")
	}
	return nil
}
