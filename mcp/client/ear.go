package client

import (
	"context"
	"errors"

	"gatehouse/mcp/client/wire"
)

// ear is the stream on which a server of an older revision says what belongs
// to no call.
type ear struct {
	ready chan struct{} // closed when it stands, or err does
	gone  <-chan struct{}
	err   error
}

// hearAll has the server say everything. It returns once that stands; gone is
// closed when nothing can be heard any more.
func (ss *session) hearAll(ctx context.Context) (gone <-chan struct{}, err error) {
	e := ss.listening()
	select {
	case <-e.ready:
		return e.gone, e.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// listening returns the stream that there is, or begins one.
func (ss *session) listening() *ear {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if e := ss.ear; e != nil && !e.over() {
		return e
	}
	e := &ear{ready: make(chan struct{})}
	ss.ear = e
	ss.server.work.Go(func() {
		defer close(e.ready)
		e.gone, e.err = ss.channel.Follow()
	})
	return e
}

// over reports whether another stream may be better than this one.
func (e *ear) over() bool {
	select {
	case <-e.ready:
	default:
		return false
	}
	if e.err != nil {
		return !errors.Is(e.err, wire.ErrNoStream)
	}
	select {
	case <-e.gone:
		return true
	default:
		return false
	}
}
