package gateway

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How a backend that never answered is asked again.
const (
	defaultPatience = 5 * time.Second
	fetchTime       = 30 * time.Second // for one try
	firstPause      = time.Second      // then twice as long each time
	longestPause    = time.Minute
)

// line is what is known of a backend, for as long as it is mounted or in use.
type line struct {
	name    string
	backend Backend
	asker   Asker // nil if the backend does not say
	ager    Ager
	news    bool // the backend itself says when its catalog has changed

	ctx  context.Context // ends when the backend is closed
	stop context.CancelFunc
	pin  atomic.Bool

	users   atomic.Int64 // one for being mounted, and one for each call
	breaker breaker
	part    atomic.Pointer[part]    // nil until it has answered
	trouble atomic.Pointer[trouble] // why the part may be old; nil if it is not

	shut    sync.Once
	shutErr error
	taking  sync.Mutex // held while a new part is looked at

	mu     sync.Mutex    // guards what follows
	flight chan struct{} // closed when the try under way is over; nil if none is
	tries  int           // that failed before the first answer
	next   time.Time     // when to try again
	retry  *time.Timer
	pinned time.Time // when the pins were last read
}

// part is what a backend contributes: the last that it offered, and which of
// its tools are withheld.
type part struct {
	*Catalog
	pin      bool // whether it was compared with what was approved
	withheld []string
}

func (p *part) same(other *part) bool {
	return other != nil && p.Catalog == other.Catalog && p.pin == other.pin && slices.Equal(p.withheld, other.withheld)
}

// trouble is why a backend cannot say what it offers now.
type trouble struct {
	since time.Time
	err   error
}

// troubled notes a failure, and reports whether it is the first one.
func (l *line) troubled(err error) (first bool) {
	since := time.Now()
	before := l.trouble.Load()
	if before != nil {
		since = before.since
	}
	l.trouble.Store(&trouble{since, err})
	return before == nil
}

func (l *line) untroubled() {
	if l.trouble.Load() != nil {
		l.trouble.Store(nil)
	}
}

func (g *Gateway) newLine(m Mount) *line {
	l := &line{name: m.Name, backend: m.Backend}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.users.Store(1)
	l.pin.Store(m.Pin)
	l.asker, _ = m.Backend.(Asker)
	l.ager, _ = m.Backend.(Ager)
	if a, ok := m.Backend.(Announcer); ok {
		l.news = true
		a.OnChange(func() { go g.heard(l) })
	}
	return l
}

// enter keeps the backend from being closed until leave. It fails if that has
// happened.
func (l *line) enter() bool {
	for {
		n := l.users.Load()
		if n == 0 {
			return false
		}
		if l.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave is for whoever has entered, and once for whoever takes the mount away.
// The last one closes the backend.
func (l *line) leave(log *slog.Logger) {
	if l.users.Add(-1) > 0 {
		return
	}
	go func() {
		if err := l.close(); err != nil {
			log.Warn("a backend did not end well", "backend", l.name, "err", err)
		}
	}()
}

func (l *line) close() error {
	l.shut.Do(func() {
		l.stop()
		l.mu.Lock()
		if l.retry != nil {
			l.retry.Stop()
		}
		l.mu.Unlock()
		l.shutErr = l.backend.Close()
	})
	return l.shutErr
}

// heard is called when a backend says that it has something new.
func (g *Gateway) heard(l *line) {
	if l.part.Load() == nil {
		g.fetch(l)
	} else if g.check(l.ctx, l) {
		g.rebuild()
	}
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
			timer := time.NewTimer(orDefault(g.Patience, defaultPatience))
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
	if l.flight != nil || time.Now().Before(l.next) || !l.enter() {
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
	if err == nil {
		return
	}
	l.tries++
	l.next = time.Now().Add(pause(l.tries, firstPause, longestPause))
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

// pause is how long to wait after so many failures: twice as long each time,
// and not the same for all who wait.
func pause(failures int, first, longest time.Duration) time.Duration {
	d := longest
	if shift := failures - 1; shift < 16 && first<<shift < longest {
		d = first << shift
	}
	return d/2 + rand.N(d)/2
}

// check looks whether the backend offers something new, and reports it. It
// returns at once if the backend keeps its contract.
func (g *Gateway) check(ctx context.Context, l *line) (changed bool) {
	old := l.part.Load()
	if old == nil {
		return false
	}
	cat, err := l.backend.Catalog(ctx)
	if err != nil {
		if ctx.Err() == nil && l.troubled(err) {
			g.Log.Warn("a backend does not say what it offers now; what it said last is shown", "backend", l.name, "err", err)
		}
		return false
	}
	if cat == old.Catalog && !l.repins(old) {
		l.untroubled()
		return false
	}
	if err := g.take(ctx, l, cat); err != nil {
		if ctx.Err() == nil && l.troubled(err) {
			g.Log.Warn("what a backend offers now cannot be compared with what was approved", "backend", l.name, "err", err)
		}
		return false
	}
	return l.part.Load() != old
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
