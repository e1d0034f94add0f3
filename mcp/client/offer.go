package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/retry"
	"gatehouse/mcp"
)

// Offer is what a server offers: an immutable snapshot.
type Offer struct {
	mcp.Description
	Revision mcp.Revision

	Tools     []Entry
	Prompts   []Entry
	Resources []Entry
	Templates []Entry

	params map[string][]mcp.ParamHeader // by tool
}

// Entry is one tool, prompt, resource or resource template.
type Entry struct {
	Name string         // its name; for a resource its URI, for a template its URI template
	Raw  jsontext.Value // the object as the server lists it
}

// offer is the newest offer of a server. It is renewed behind those who read
// it, one at a time, when its time is over or the server says that something
// has changed.
type offer struct {
	newest atomic.Pointer[dated]
	doubts atomic.Int64 // how often the server said that something has changed

	mu     sync.Mutex
	flight *flight // nil if nobody asks the server now
	pace   retry.Pace
	next   time.Time // when to try again after a failure
	rest   time.Time // until when the server is left alone after a reading
	err    error     // of the last try
	failed time.Time // since when it fails
}

// dated is an offer and for how long it is good.
type dated struct {
	*Offer
	doubts int64         // when it was asked for
	ttl    time.Duration // from then on
	got    time.Time
	until  time.Time
}

// flight is one reading of an offer.
type flight struct {
	done chan struct{}
	err  error
}

const (
	offerTime = 60 * time.Second       // for which the server may take to list everything
	offerRest = 100 * time.Millisecond // between two readings, whatever the server says
	leastTTL  = time.Second
	mostTTL   = time.Hour
)

// Offer returns what the server offers. The same pointer means the same
// content. It returns the last good one at once, and waits for the server only
// if there is none.
func (s *Server) Offer(ctx context.Context) (*Offer, error) {
	o := &s.offer
	if d := o.newest.Load(); d != nil {
		if d.doubts == o.doubts.Load() && s.Now().Before(d.until) {
			return d.Offer, nil // as nearly always
		}
		o.renew(s)
		return d.Offer, nil
	}
	return o.renewed(ctx, s)
}

// renewed waits for an offer that is asked for now.
func (o *offer) renewed(ctx context.Context, s *Server) (*Offer, error) {
	f, err := o.renew(s)
	if f == nil {
		return nil, s.failure(ctx, err)
	}
	select {
	case <-f.done:
		if f.err != nil {
			return nil, s.failure(ctx, f.err)
		}
		return o.newest.Load().Offer, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// invalidate says that the offer may be wrong.
func (o *offer) invalidate() { o.doubts.Add(1) }

// settle waits until all that the server said has changed is looked at.
func (o *offer) settle(ctx context.Context, s *Server) {
	for range 3 {
		if d := o.newest.Load(); d != nil && d.doubts == o.doubts.Load() {
			return
		}
		if _, err := o.renewed(ctx, s); err != nil {
			return
		}
	}
}

// renew has the offer read, if that is not going on already. After a failure
// it waits a while, and returns the failure until then.
func (o *offer) renew(s *Server) (*flight, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flight != nil {
		return o.flight, nil
	}
	if s.ctx.Err() != nil {
		return nil, errClosed
	}
	if s.Now().Before(o.next) {
		return nil, o.err
	}
	f := &flight{done: make(chan struct{})}
	o.flight = f
	rest := o.rest.Sub(s.Now())
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, offerTime)
		defer cancel()
		if rest > 0 {
			retry.Sleep(ctx, rest)
		}
		fresh, err := s.readOffer(ctx)
		o.land(s, f, fresh, err)
	})
	return f, nil
}

// land takes what a reading has come to.
func (o *offer) land(s *Server, f *flight, fresh *dated, err error) {
	defer close(f.done)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flight = nil
	now := s.Now()
	if f.err, o.err = err, err; err != nil {
		if o.pace == (retry.Pace{}) {
			o.failed = now
		}
		o.next = now.Add(o.pace.Next())
		// Whoever waits is told. With a last good offer nobody does.
		if o.newest.Load() != nil && s.ctx.Err() == nil && !errors.Is(err, errClosed) {
			s.Log.Warn("backend did not say what it offers now", "backend", s.Name, "err", err)
		}
		return
	}
	o.pace, o.next = retry.Pace{}, time.Time{}
	if old := o.newest.Load(); old != nil && old.Offer.same(fresh.Offer) {
		fresh.Offer = old.Offer
	}
	fresh.got, fresh.until, o.rest = now, now.Add(fresh.ttl), now.Add(offerRest)
	o.newest.Store(fresh)
}

// headers returns the arguments of a tool that its schema wants in headers.
func (o *offer) headers(ctx context.Context, s *Server, tool string) []mcp.ParamHeader {
	offer, err := s.Offer(ctx)
	if err != nil {
		return nil
	}
	return offer.params[tool]
}

// Status is how a server does, for its operator.
type Status struct {
	State    State
	Revision mcp.Revision // empty while it was not met
	Legacy   bool
	Good     time.Time // when it last said what it offers
	Failed   time.Time // since when it fails to, if it does
	Err      error     // of the last failure; nil if it was mended since
	Tools    int
}

// State is whether a server can be used.
type State string

// The states of a server.
const (
	Unknown State = "unknown" // nobody has needed it yet
	Up      State = "up"
	Stale   State = "stale" // it does not answer; what it offered last is shown
	Down    State = "down"
)

// Status tells how the server does. It does not ask it.
func (s *Server) Status() Status {
	o := &s.offer
	o.mu.Lock()
	st := Status{State: Unknown, Legacy: s.Legacy(), Failed: o.failed, Err: o.err}
	o.mu.Unlock()
	d := o.newest.Load()
	if d != nil {
		st.Revision, st.Good, st.Tools = d.Revision, d.got, len(d.Tools)
	}
	switch {
	case st.Err == nil && d != nil:
		st.State = Up
	case d != nil:
		st.State = Stale
	case st.Err != nil:
		st.State = Down
	}
	return st
}
