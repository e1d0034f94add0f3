package bounds

import (
	"context"
	"sync"
	"time"
)

// deadline is the context of a call: it ends with the request, or when the call
// has taken too long. Most calls are answered before anybody waits for that,
// so what it takes to end is made when the first one does.
type deadline struct {
	parent context.Context

	mu     sync.Mutex
	until  time.Time          // when it ends; zero is with the parent alone
	ended  bool               // its time is over, or the call is
	waited context.Context    // nil while nobody waits for the end
	cancel context.CancelFunc // of waited
	timer  *time.Timer        // ends waited; nil if it never had to
}

var _ context.Context = (*deadline)(nil)

// Deadline implements [context.Context]. It is the parent's, since that of the
// call moves.
func (d *deadline) Deadline() (time.Time, bool) { return d.parent.Deadline() }

// Done implements [context.Context].
func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waited == nil {
		d.waited, d.cancel = context.WithCancel(d.parent)
		if d.late() {
			d.cancel()
		}
		d.arm()
	}
	return d.waited.Done()
}

// Err implements [context.Context].
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.waited != nil:
		return d.waited.Err()
	case d.parent.Err() != nil:
		return d.parent.Err()
	case d.late():
		return context.Canceled
	}
	return nil
}

// Value implements [context.Context].
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	of := d.waited
	d.mu.Unlock()
	if of == nil {
		of = d.parent
	}
	return of.Value(key)
}

// allow gives the call so much more time from now on. For one that is late it is too late.
func (d *deadline) allow(more time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.late() {
		d.until = time.Now().Add(more)
		d.arm()
	}
}

// pause lets the call take as long as it likes, until the next allow.
func (d *deadline) pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.late() {
		d.until = time.Time{}
		d.disarm()
	}
}

// end says that the call is over.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.waited != nil {
		d.disarm()
		d.cancel()
	}
}

// late reports whether its time is over. The caller holds the lock, as for all
// that follows.
func (d *deadline) late() bool {
	if !d.until.IsZero() && !time.Now().Before(d.until) {
		d.ended = true
	}
	return d.ended
}

// arm has those who wait hear of the end in time.
func (d *deadline) arm() {
	switch {
	case d.waited == nil || d.until.IsZero() || d.ended:
	case d.timer == nil:
		d.timer = time.AfterFunc(time.Until(d.until), d.expire)
	default:
		d.timer.Reset(time.Until(d.until))
	}
}

func (d *deadline) disarm() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

// expire ends the call, unless it was allowed more just now.
func (d *deadline) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.late() {
		d.cancel()
	}
}
