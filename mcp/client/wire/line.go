package wire

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gatehouse/mcp"
)

// Line is the channel of a [Conn]: all requests share it, and the server says
// on it whatever it has to say.
type Line struct {
	Env
	conn Conn
	gone chan struct{} // closed when the line has ended

	mu      sync.Mutex
	waiting []*Request // for their answers
}

// NewLine returns a channel over conn, which it takes over, and begins to read.
func NewLine(env Env, conn Conn) *Line {
	l := &Line{Env: env, conn: conn, gone: make(chan struct{})}
	l.Work.Go(l.read)
	return l
}

// Speak implements [Channel]: a line says nothing of revisions.
func (*Line) Speak(mcp.Revision) {}

// Do implements [Channel].
func (l *Line) Do(ctx context.Context, r *Request) (mcp.Message, error) {
	l.enter(r)
	defer l.leave(r)
	if err := l.conn.Send(ctx, r.Message); err != nil {
		if ctx.Err() != nil {
			return mcp.Message{}, context.Cause(ctx) // part of it, or all, may be on its way
		}
		if errors.Is(err, errUncertain) {
			return mcp.Message{}, err
		}
		return mcp.Message{}, errors.Join(ErrNotSent, err)
	}
	for {
		select {
		case <-r.inbox.ready:
			if m, ok := tell(r); ok {
				return m, nil
			}
		case <-ctx.Done():
			return mcp.Message{}, context.Cause(ctx)
		case <-l.gone:
			if m, ok := tell(r); ok {
				return m, nil // it came just before the end
			}
			return mcp.Message{}, errEnded
		}
	}
}

// tell passes on what has come for a request, and returns the answer if it has.
func tell(r *Request) (mcp.Message, bool) {
	for _, m := range r.inbox.take() {
		if m.IsResponse() {
			return m, true
		}
		r.Caller.Tell(&m)
	}
	return mcp.Message{}, false
}

// enter makes a request one that waits for its answer.
func (l *Line) enter(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.inbox = newInbox()
	l.waiting = append(l.waiting, r)
}

func (l *Line) leave(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(other *Request) bool { return other == r })
}

// waits returns the request that an answer is of, or nil.
func (l *Line) waits(m *mcp.Message) *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.waiting {
		if m.Answers(r.ID) {
			return r
		}
	}
	return nil
}

// has reports whether a request is on its way.
func (l *Line) has(r *Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.waiting, r)
}

// read takes what the server says, until it says no more. What is no message
// is left out: there are servers that write their logs there.
func (l *Line) read() {
	defer func() {
		l.Session.Ended()
		close(l.gone)
		l.conn.Close()
	}()
	for {
		data, err := l.conn.Receive()
		if err != nil {
			return
		}
		messages, err := decode(data)
		if err != nil {
			l.Log.Debug("backend said what is no message", "err", err)
			continue
		}
		for i := range messages {
			l.hear(&messages[i])
		}
	}
}

// hear passes a message on to the request that it answers, or that listens to
// it, else to the one that the session names.
func (l *Line) hear(m *mcp.Message) {
	if m.IsResponse() {
		if r := l.waits(m); r != nil {
			r.inbox.add(m)
			return
		}
	} else if id := mcp.Member(mcp.Member(m.Params, "_meta"), mcp.MetaSubscription); id != nil {
		if r := l.waits(&mcp.Message{ID: mcp.ID(id)}); r != nil && r.listen {
			r.inbox.add(m)
			return
		}
	}
	if r := l.Session.Hear(m); r != nil && l.has(r) {
		r.inbox.add(m)
	}
}

// Send implements [Channel].
func (l *Line) Send(ctx context.Context, message []byte) error { return l.conn.Send(ctx, message) }

// Follow implements [Channel]: a line says everything anyhow.
func (l *Line) Follow() (<-chan struct{}, error) { return l.gone, nil }

// Close implements [Channel].
func (l *Line) Close() { l.conn.Close() }
