package gateway

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Watch calls notify with the notifications of the changes that who asked
// for, until ctx ends. It returns once the watch stands, with the subset that
// is honoured. notify may be called concurrently.
//
// That a list has changed the gateway tells of by itself, when its own list
// has: whatever the reason, and once. Backends are watched for the rest.
func (g *Gateway) Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify Notify) (mcp.Changes, error) {
	g.current(ctx)
	w := &watcher{
		g: g, ctx: ctx, who: who, client: client, wants: changes, notify: notify,
		lines: make(map[*line]context.CancelFunc),
	}
	cat := g.admit(w)
	context.AfterFunc(ctx, func() { g.forget(w) })
	for i, m := range cat.mounts {
		if cat.parts[i] == nil {
			m.line.retrySoon(g)
		}
	}
	honoured := changes
	honoured.URIs = w.attach(cat, cmp.Or(g.Patience, defaultPatience))
	return honoured, nil
}

func (g *Gateway) admit(w *watcher) *catalog {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watchers == nil {
		g.watchers = make(map[*watcher]struct{})
	}
	g.watchers[w] = struct{}{}
	if g.round == nil && !g.closed {
		g.round = time.AfterFunc(roundEvery, g.goRound)
	}
	return g.now.Load()
}

// roundEvery is how often backends are looked at while somebody watches. Most
// say when something has changed; some do not, and some cannot at the time.
const roundEvery = 15 * time.Second

// goRound looks whether a backend has changed, for those who watch.
func (g *Gateway) goRound() {
	for _, m := range g.now.Load().mounts {
		g.check(m.line.ctx, m.line)
	}
	g.rebuild()

	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.watchers) == 0 || g.closed {
		g.round = nil
		return
	}
	g.round.Reset(roundEvery)
}

func (g *Gateway) forget(w *watcher) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.watchers, w)
}

func (g *Gateway) watched() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.watchers) > 0
}

// served returns those of the URIs that the mount serves, or may serve, to who.
func (c *catalog) served(m *mount, who identity.Principal, uris []string) []string {
	return slices.DeleteFunc(slices.Clone(uris), func(uri string) bool {
		to, others, err := c.resource(uri)
		is := func(r route) bool { return r.mount == m && who.Has(r.scopes...) }
		return err != nil || !is(to) && !slices.ContainsFunc(others, is)
	})
}

// about reports whether a notification that came on no call's stream is about
// what was asked for. One about a request is not: it would be taken for that
// of another backend.
func about(wanted mcp.Changes, method string, params jsontext.Value) bool {
	switch method {
	case mcp.NoteProgress, mcp.NoteCancelled, mcp.NoteInitialized, mcp.NoteSubscriptionsAcked:
		return false
	case mcp.NoteResourceUpdated:
		uri := mcp.StringMember(params, "uri")
		for _, of := range wanted.URIs { // or a part of it
			if strings.HasPrefix(uri, of) {
				return true
			}
		}
		return false
	}
	return true
}
