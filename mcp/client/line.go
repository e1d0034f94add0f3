package client

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatehouse/mcp"
)

// line is the channel of a [Conn]: all calls share it, and the server says on
// it whatever it has to say.
type line struct {
	session *session
	conn    Conn
	gone    chan struct{} // closed when the line has ended
}

// openLine opens a line to a server and finds its era by asking: that of the
// process before is asked for first.
func (s *Server) openLine(ctx context.Context, ss *session) error {
	person := ss.key
	if person != "" {
		person = person[1:]
	}
	conn, err := s.Dialer.Dial(ctx, person)
	if err != nil {
		return err
	}
	ss.take(conn)
	if strings.HasPrefix(ss.key, olderLine) {
		err := ss.initialize(ctx)
		if err != nil && wrongWay(err) {
			s.way.single()
		}
		return err
	}
	if err := ss.greet(ctx); err != nil {
		return err
	}
	s.way.set(found{known: true, modern: ss.modern, both: ss.about.both && s.Revision == ""})
	if ss.key == "" {
		s.offer.invalidate() // it may be another program than the last one
	}
	return nil
}

// take makes the line the channel of the session.
func (ss *session) take(conn Conn) {
	l := &line{session: ss, conn: conn, gone: make(chan struct{})}
	ss.channel, ss.lined = l, true
	ss.server.work.Go(l.read)
}

// greet finds the era of the server at the other end of the line.
func (ss *session) greet(ctx context.Context) error {
	s := ss.server
	switch {
	case s.Revision != "" && s.Revision.Modern():
		return ss.discover(ctx)
	case s.Revision != "":
		return ss.initialize(ctx)
	case s.way.legacy():
		err := ss.initialize(ctx)
		if err == nil || !wrongWay(err) {
			return err
		}
		return errors.Join(ss.discover(ctx), err)
	}
	err := ss.discover(ctx)
	if err == nil || !wrongWay(err) {
		return err
	}
	if err := ss.initialize(ctx); err != nil {
		return err
	}
	return nil
}

// discover asks a server whether it is a modern one. One of an older revision
// may not answer at all.
func (ss *session) discover(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	ss.modern = true
	ss.about = about{revision: mcp.R20260728, header: []string{string(mcp.R20260728)}}
	result, err := ss.request(ctx, mcp.MethodDiscover, nil)
	if err == nil {
		ss.about, err = readDiscovery(result)
	}
	if err != nil {
		ss.modern, ss.about = false, about{}
		return err
	}
	ss.about.header = []string{string(ss.about.revision)}
	return nil
}

// do implements [channel].
func (l *line) do(ctx context.Context, c *call) (mcp.Message, error) {
	if err := l.conn.Send(ctx, c.message); err != nil {
		if ctx.Err() != nil {
			l.cancelled(c) // part of it, or all, may be on its way
			return mcp.Message{}, context.Cause(ctx)
		}
		if errors.Is(err, errUncertain) {
			return mcp.Message{}, err
		}
		return mcp.Message{}, errors.Join(errNotSent, err)
	}
	for {
		select {
		case <-c.inbox.ready:
			if m, ok := l.tell(c); ok {
				return m, nil
			}
		case <-ctx.Done():
			l.cancelled(c)
			return mcp.Message{}, context.Cause(ctx)
		case <-l.gone:
			if m, ok := l.tell(c); ok {
				return m, nil // it came just before the end
			}
			return mcp.Message{}, errEnded
		}
	}
}

// tell passes on what has come for the call, and returns the answer if it has.
func (l *line) tell(c *call) (mcp.Message, bool) {
	for _, m := range c.inbox.take() {
		if m.IsResponse() {
			return m, true
		}
		c.tell(&m)
	}
	return mcp.Message{}, false
}

// cancelled tells the server that a call is not wanted any more.
func (l *line) cancelled(c *call) {
	if c.method != mcp.MethodInitialize && c.method != mcp.MethodDiscover {
		l.session.server.work.Go(func() { l.session.reply(cancellation(c.id)) })
	}
}

// read takes what the server says, until it says no more. What is no message
// is left out: there are servers that write their logs there.
func (l *line) read() {
	defer func() {
		l.session.server.sessions.retire(l.session)
		l.session.end()
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
			l.session.server.Log.Debug("backend said what is no message", "backend", l.session.server.Name, "err", err)
			continue
		}
		for i := range messages {
			l.hear(&messages[i])
		}
	}
}

func (l *line) hear(m *mcp.Message) {
	if m.IsResponse() {
		if c := l.session.answering(m); c != nil {
			c.inbox.add(m)
		} else {
			l.session.late(m)
		}
		return
	}
	if id := mcp.Member(mcp.Member(m.Params, "_meta"), mcp.MetaSubscription); id != nil {
		if c := l.session.answering(&mcp.Message{ID: mcp.ID(id)}); c != nil && c.hear != nil {
			c.inbox.add(m)
			return
		}
	}
	l.session.hear(nil, m)
}

// send implements [channel].
func (l *line) send(ctx context.Context, message []byte) error { return l.conn.Send(ctx, message) }

// stream implements [channel]: a line says everything anyhow.
func (l *line) stream(context.Context) (<-chan struct{}, error) { return l.gone, nil }

// listen implements [channel].
func (l *line) listen(ctx context.Context, c *call, hear func(*mcp.Message)) (mcp.Message, <-chan struct{}, error) {
	ctx, cancel := context.WithCancel(ctx)
	c.inbox, c.hear = newInbox(), hear
	l.session.enter(c)
	if err := l.conn.Send(ctx, c.message); err != nil {
		cancel()
		l.session.leave(c)
		return mcp.Message{}, nil, err
	}
	first := make(chan mcp.Message, 1)
	gone := make(chan struct{})
	l.session.server.work.Go(func() {
		defer close(gone)
		defer cancel()
		defer l.session.leave(c)
		l.tellAll(ctx, c, first)
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
func (l *line) tellAll(ctx context.Context, c *call, first chan<- mcp.Message) {
	for begun := false; ; {
		select {
		case <-ctx.Done():
			l.session.reply(cancellation(c.id))
			return
		case <-l.gone:
			return
		case <-c.inbox.ready:
		}
		for _, m := range c.inbox.take() {
			switch {
			case !begun:
				begun = true
				first <- m
			case !m.IsResponse():
				c.hear(withoutSubscription(&m))
			}
			if m.IsResponse() {
				return
			}
		}
	}
}

// close implements [channel].
func (l *line) close() { l.conn.Close() }
