package wire

import (
	"context"
	"io"
	"net/http"
	"time"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// ackTime is how long a server may take to say which changes it will tell of.
const ackTime = 10 * time.Second

// Listen implements [Channel].
func (h *Stream) Listen(ctx context.Context, r *Request, hear func(*mcp.Message)) (mcp.Message, <-chan struct{}, error) {
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(ackTime, cancel)
	first, from, body, err := h.begin(ctx, r)
	if !late.Stop() && err == nil {
		err = context.DeadlineExceeded
	}
	if err != nil || first.IsResponse() {
		cancel()
		if body != nil {
			body.Close()
		}
		return first, nil, err
	}
	gone := make(chan struct{})
	h.Work.Go(func() {
		defer close(gone)
		defer cancel()
		defer body.Close()
		stop := context.AfterFunc(h.Context, cancel)
		defer stop()
		tellAll(r, from, hear)
	})
	return first, gone, nil
}

// begin sends the request and reads the first message of its answer.
func (h *Stream) begin(ctx context.Context, r *Request) (first mcp.Message, from *events.Reader, body io.Closer, err error) {
	res, err := h.to.post(ctx, h.headers(r), r.body.of(r.Message))
	if err != nil {
		return first, nil, nil, err
	}
	if res.StatusCode != http.StatusOK || kindOf(res) != typeEvents {
		first, err = h.answer(ctx, r, res)
		return first, nil, res.Body, err
	}
	from = &events.Reader{From: res.Body, Most: h.to.most}
	for {
		ev, err := from.Next()
		if err != nil {
			return first, nil, res.Body, err
		}
		if messages, err := decode(ev.Data); err == nil {
			return messages[0].Clone(), from, res.Body, nil
		}
	}
}

// tellAll passes on what comes until the stream ends.
func tellAll(r *Request, from *events.Reader, hear func(*mcp.Message)) {
	for m := range messagesOf(from) {
		if m.Answers(r.ID) {
			return
		}
		if m.IsNotification() {
			hear(m)
		}
	}
}

// Listen implements [Channel].
func (l *Line) Listen(ctx context.Context, r *Request, hear func(*mcp.Message)) (mcp.Message, <-chan struct{}, error) {
	ctx, cancel := context.WithCancel(ctx)
	r.listen = true
	l.enter(r)
	if err := l.conn.Send(ctx, r.Message); err != nil {
		cancel()
		l.leave(r)
		return mcp.Message{}, nil, err
	}
	first := make(chan mcp.Message, 1)
	gone := make(chan struct{})
	l.Work.Go(func() {
		defer close(gone)
		defer cancel()
		defer l.leave(r)
		l.tellAll(ctx, r, first, hear)
	})
	late := time.NewTimer(ackTime)
	defer late.Stop()
	select {
	case m := <-first:
		return m, gone, nil
	case <-late.C:
		cancel()
		return mcp.Message{}, nil, context.DeadlineExceeded
	case <-gone:
		return mcp.Message{}, nil, errEnded
	case <-ctx.Done():
		return mcp.Message{}, nil, context.Cause(ctx)
	}
}

// tellAll passes on what comes of a stream of changes until it ends.
func (l *Line) tellAll(ctx context.Context, r *Request, first chan<- mcp.Message, hear func(*mcp.Message)) {
	for begun := false; ; {
		select {
		case <-ctx.Done():
			l.Session.Cancel(r.ID)
			return
		case <-l.gone:
			return
		case <-r.inbox.ready:
		}
		for _, m := range r.inbox.take() {
			switch {
			case !begun:
				begun = true
				first <- m
			case !m.IsResponse():
				hear(&m)
			}
			if m.IsResponse() {
				return
			}
		}
	}
}
