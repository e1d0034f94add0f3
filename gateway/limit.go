package gateway

import (
	"context"
	"sync"
	"time"
)

// limit is the context of a call: it ends with the request, or when the call
// has taken too long. Most calls are answered before anybody waits for that,
// so what it takes to end is made when the first one does.
type limit struct {
	parent context.Context

	mu     sync.Mutex
	until  time.Time          // when it ends; zero is with the parent alone
	ended  bool               // its time is over, or the call is
	waited context.Context    // nil while nobody waits for the end
	cancel context.CancelFunc // of waited
	timer  *time.Timer        // ends waited; nil if it never had to
}

var _ context.Context = (*limit)(nil)

// Deadline implements [context.Context]. It is the parent's, since that of the
// call moves.
func (l *limit) Deadline() (time.Time, bool) { return l.parent.Deadline() }

// Done implements [context.Context].
func (l *limit) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited == nil {
		l.waited, l.cancel = context.WithCancel(l.parent)
		if l.late() {
			l.cancel()
		}
		l.arm()
	}
	return l.waited.Done()
}

// Err implements [context.Context].
func (l *limit) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.waited != nil:
		return l.waited.Err()
	case l.parent.Err() != nil:
		return l.parent.Err()
	case l.late():
		return context.Canceled
	}
	return nil
}

// Value implements [context.Context].
func (l *limit) Value(key any) any {
	l.mu.Lock()
	of := l.waited
	l.mu.Unlock()
	if of == nil {
		of = l.parent
	}
	return of.Value(key)
}

// allow gives the call so long from now on. For one that is late it is too late.
func (l *limit) allow(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.late() {
		l.until = time.Now().Add(d)
		l.arm()
	}
}

// pause lets the call take as long as it likes, until the next allow.
func (l *limit) pause() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.late() {
		l.until = time.Time{}
		l.disarm()
	}
}

// end says that the call is over.
func (l *limit) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.waited != nil {
		l.disarm()
		l.cancel()
	}
}

// late reports whether its time is over. The caller holds the lock, as for all
// that follows.
func (l *limit) late() bool {
	if !l.until.IsZero() && !time.Now().Before(l.until) {
		l.ended = true
	}
	return l.ended
}

// arm has those who wait hear of the end in time.
func (l *limit) arm() {
	switch {
	case l.waited == nil || l.until.IsZero() || l.ended:
	case l.timer == nil:
		l.timer = time.AfterFunc(time.Until(l.until), l.expire)
	default:
		l.timer.Reset(time.Until(l.until))
	}
}

func (l *limit) disarm() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// expire ends the call, unless it was allowed more just now.
func (l *limit) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.late() {
		l.cancel()
	}
}
