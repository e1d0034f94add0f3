package gateway

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/gateway/bounds"
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
	breaker bounds.Breaker
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
