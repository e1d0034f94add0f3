package gateway

import (
	"cmp"
	"context"
	"time"

	"gatehouse/internal/retry"
)

// How a backend that never answered is asked again.
const (
	defaultPatience = 5 * time.Second
	fetchTime       = 30 * time.Second // for one try
	firstPause      = time.Second      // then twice as long each time
	longestPause    = time.Minute
)

// heard is called when a backend says that it has something new.
func (g *Gateway) heard(l *line) {
	if l.part.Load() == nil {
		g.fetch(l)
		return
	}
	g.check(l.ctx, l)
	g.rebuild()
}

// meet asks the backends that never answered, all at once. It waits for those
// that were not asked before, until the catalog is good enough.
func (g *Gateway) meet(ctx context.Context, enough func(*catalog) bool) {
	for _, m := range g.now.Load().mounts {
		if m.line.part.Load() == nil {
			g.fetch(m.line)
		}
	}
	var patience <-chan time.Time
	for {
		cat := g.now.Load()
		flight := cat.firstFlight()
		if flight == nil || enough(cat) {
			return
		}
		if patience == nil {
			timer := time.NewTimer(cmp.Or(g.Patience, defaultPatience))
			defer timer.Stop()
			patience = timer.C
		}
		select {
		case <-flight:
		case <-cat.replaced:
		case <-patience:
			return
		case <-ctx.Done():
			return
		}
	}
}

// firstFlight is the first try of a backend, if one is under way.
func (c *catalog) firstFlight() chan struct{} {
	for _, m := range c.mounts {
		if flight := m.line.firstFlight(); flight != nil {
			return flight
		}
	}
	return nil
}

func (l *line) firstFlight() chan struct{} {
	if l.part.Load() != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries > 0 {
		return nil
	}
	return l.flight
}

// fetch begins to ask for the first catalog of a backend, unless that is under
// way, or it is too early to try again.
func (g *Gateway) fetch(l *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flight != nil || l.ctx.Err() != nil || time.Now().Before(l.next) || !l.enter() {
		return
	}
	over := make(chan struct{})
	l.flight = over
	go func() {
		ctx, cancel := context.WithTimeout(l.ctx, fetchTime)
		defer cancel()
		cat, err := l.backend.Catalog(ctx)
		if err == nil {
			err = g.take(ctx, l, cat)
		}
		g.fetched(l, err)
		if err == nil {
			g.rebuild()
		}
		close(over)
		l.leave(g.Log)
	}()
}

func (g *Gateway) fetched(l *line, err error) {
	watched := g.watched()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flight = nil
	if err == nil || l.ctx.Err() != nil {
		return
	}
	l.tries++
	l.next = time.Now().Add(retry.Pause(l.tries, firstPause, longestPause))
	l.troubled(err)
	g.Log.Warn("a backend does not say what it offers", "backend", l.name, "err", err, "tries", l.tries)
	if watched {
		l.again(g)
	}
}

// retrySoon has a backend that never answered asked again when it is time,
// for somebody who wants to hear of it.
func (l *line) retrySoon(g *Gateway) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flight == nil {
		l.again(g)
	}
}

// again is retrySoon for a caller that holds the lock.
func (l *line) again(g *Gateway) {
	if l.retry != nil {
		l.retry.Stop()
	}
	l.retry = time.AfterFunc(time.Until(l.next), func() { g.fetch(l) })
}

// check looks whether the backend offers something new, which is then its part
// of the next catalog. It returns at once if the backend keeps its contract.
func (g *Gateway) check(ctx context.Context, l *line) {
	old := l.part.Load()
	if old == nil {
		return
	}
	cat, err := l.backend.Catalog(ctx)
	if err != nil {
		if ctx.Err() == nil && l.troubled(err) {
			g.Log.Warn("a backend does not say what it offers now; what it said last is shown", "backend", l.name, "err", err)
		}
		return
	}
	if cat == old.Catalog && !l.repins(old) {
		l.untroubled()
		return
	}
	if err := g.take(ctx, l, cat); err != nil && ctx.Err() == nil && l.troubled(err) {
		g.Log.Warn("what a backend offers now cannot be compared with what was approved", "backend", l.name, "err", err)
	}
}

// take makes what a backend offers its part of the catalog.
func (g *Gateway) take(ctx context.Context, l *line, cat *Catalog) error {
	l.taking.Lock()
	defer l.taking.Unlock()
	next := &part{Catalog: cat, pin: l.pin.Load()}
	if next.pin {
		var err error
		if next.withheld, err = g.withhold(ctx, l, cat); err != nil {
			return err
		}
	}
	if !next.same(l.part.Load()) {
		l.part.Store(next)
	}
	l.untroubled()
	return nil
}
