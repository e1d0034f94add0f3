package gateway

import (
	"context"
	"log/slog"
	"slices"

	"gatehouse/gateway/bounds"
	"gatehouse/mcp"
)

// mount is a backend in its place. It is immutable; what changes is in its
// line.
type mount struct {
	Mount
	line *line
	gate *bounds.Gate
}

// asks reports whether the backend asks clients in the middle of a call.
func (m *mount) asks() bool {
	if m.line.asker != nil {
		return m.line.asker.AsksInCall()
	}
	return m.AsksInCall
}

// SetMounts says which backends there are from now on. Those that stay, which
// are told by their Backend, keep their connections and what is known of them;
// calls in flight go on. A backend that is gone is closed when its last call
// is over. Whoever watches hears of what has changed.
func (g *Gateway) SetMounts(mounts []Mount) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		closeAll(mounts, g.Log)
		return
	}
	old := g.now.Load()
	if old == nil {
		old = merge(nil, nil)
	}
	known := make(map[Backend]*mount)
	for _, m := range old.mounts {
		known[m.Backend] = m
	}
	next := make([]*mount, len(mounts))
	for i, m := range mounts {
		next[i] = g.mount(m, known[m.Backend])
		delete(known, m.Backend)
	}
	g.publish(old, next)
	for _, gone := range known {
		gone.line.leave(g.Log)
	}
	for _, m := range next {
		if len(g.watchers) > 0 && m.line.part.Load() == nil {
			g.fetch(m.line) // those who watch want to hear of it
		}
	}
}

// mount puts a backend into its place; before is its old one, or nil.
func (g *Gateway) mount(m Mount, before *mount) *mount {
	if before == nil {
		return &mount{Mount: m, line: g.newLine(m), gate: bounds.NewGate(m.Limits)}
	}
	now := &mount{Mount: m, line: before.line, gate: before.gate}
	if m.Limits != before.Limits {
		now.gate = bounds.NewGate(m.Limits) // calls in flight leave by the old one
	}
	if now.line.pin.Swap(m.Pin) != m.Pin {
		go g.heard(now.line)
	}
	return now
}

// publish makes the catalog of the mounts anew and tells of what has changed.
// The caller holds the lock.
func (g *Gateway) publish(old *catalog, mounts []*mount) {
	parts := make([]*part, len(mounts))
	for i, m := range mounts {
		parts[i] = m.line.part.Load()
	}
	next := merge(mounts, parts)
	for _, r := range next.reports {
		if !slices.Contains(old.reports, r) {
			g.Log.Warn(r.what, "backend", r.backend, "name", r.name, "shown", r.shown)
		}
	}
	g.now.Store(next)
	close(old.replaced)
	changed := mcp.Changes{
		Tools:     next.differs(old, tools),
		Prompts:   next.differs(old, prompts),
		Resources: next.differs(old, resources) || next.differs(old, templates),
	}
	for w := range g.watchers {
		w.follow(next, changed)
	}
}

// rebuild makes the catalog anew if a part of it has changed.
func (g *Gateway) rebuild() {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.now.Load()
	for i, m := range old.mounts {
		if m.line.part.Load() != old.parts[i] {
			g.publish(old, old.mounts)
			return
		}
	}
}

// closeAll closes backends that came too late.
func closeAll(mounts []Mount, log *slog.Logger) {
	for _, m := range mounts {
		if err := m.Backend.Close(); err != nil {
			log.Warn("a backend did not end well", "backend", m.Name, "err", err)
		}
	}
}

// current returns the catalog as it stands now. Backends that were never asked
// are waited for, but not for long.
func (g *Gateway) current(ctx context.Context) *catalog {
	return g.goodEnough(ctx, func(*catalog) bool { return false })
}

// goodEnough is current for who needs no more of the catalog than enough
// reports.
func (g *Gateway) goodEnough(ctx context.Context, enough func(*catalog) bool) *catalog {
	if g.now.Load() == nil {
		g.SetMounts(nil)
	}
	g.meet(ctx, enough)
	cat := g.now.Load()
	changed := false
	for i, m := range cat.mounts {
		g.check(ctx, m.line)
		changed = changed || m.line.part.Load() != cat.parts[i]
	}
	if changed {
		g.rebuild()
	}
	return g.now.Load()
}
