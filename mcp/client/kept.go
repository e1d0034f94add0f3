package client

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/retry"
	"gatehouse/mcp"
	"gatehouse/mcp/client/offer"
)

// kept is the newest offer of a server. It is renewed behind those who read
// it, one at a time, when its time is over or the server says that something
// has changed.
type kept struct {
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
	*offer.Offer
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
)

// Offer returns what the server offers. The same pointer means the same
// content. It returns the last good one at once, and waits for the server only
// if there is none.
func (s *Server) Offer(ctx context.Context) (*offer.Offer, error) {
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
func (o *kept) renewed(ctx context.Context, s *Server) (*offer.Offer, error) {
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
func (o *kept) invalidate() { o.doubts.Add(1) }

// settle waits until all that the server said has changed is looked at.
func (o *kept) settle(ctx context.Context, s *Server) {
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
func (o *kept) renew(s *Server) (*flight, error) {
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
func (o *kept) land(s *Server, f *flight, fresh *dated, err error) {
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
			s.log.Warn("backend did not say what it offers now", "err", err)
		}
		return
	}
	o.pace, o.next = retry.Pace{}, time.Time{}
	if old := o.newest.Load(); old != nil && old.Same(fresh.Offer) {
		fresh.Offer = old.Offer
	}
	fresh.got, fresh.until, o.rest = now, now.Add(fresh.ttl), now.Add(offerRest)
	o.newest.Store(fresh)
}

// readOffer asks the server for all that it offers.
func (s *Server) readOffer(ctx context.Context) (*dated, error) {
	ss, last, err := s.host(ctx)
	if ss == nil {
		return last, err
	}
	doubts := s.offer.doubts.Load()
	defer s.sessions.putUnused(ss)
	about, err := ss.describe(ctx)
	if err != nil {
		s.mend(ctx, ss, err)
		return nil, err
	}
	from := offer.Source{Ask: ss.request, Most: s.MaxMessage, Log: s.log}
	o, ttl, err := from.Read(ctx, &about)
	if err != nil {
		s.mend(ctx, ss, err)
		return nil, err
	}
	return &dated{Offer: o, doubts: doubts, ttl: cmp.Or(ttl, s.TTL)}, nil
}

// host returns the host's own session. A process that has ended is not started
// to be asked what it offers: it has not changed since last.
func (s *Server) host(ctx context.Context) (ss *session, last *dated, err error) {
	newest := s.offer.newest.Load()
	if s.Dialer == nil || newest == nil {
		ss, err = s.sessions.take(ctx, s, owner{}, s.self())
		return ss, nil, err
	}
	if ss = s.sessions.find(owner{}); ss != nil {
		return ss, nil, nil
	}
	last = new(*newest)
	last.doubts = s.offer.doubts.Load()
	return nil, last, nil
}

// describe returns what the server says of itself. A modern one may say
// something new each time.
func (ss *session) describe(ctx context.Context) (offer.About, error) {
	if !ss.modern {
		return ss.about, nil
	}
	result, err := ss.request(ctx, mcp.MethodDiscover, nil)
	if err != nil {
		return offer.About{}, err
	}
	return offer.Discovery(result)
}
