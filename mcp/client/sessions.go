package client

import (
	"context"
	"sync"
	"time"

	"gatehouse/identity"
	"gatehouse/mcp"
)

const (
	// openTime is how long it may take until a session stands.
	openTime = 30 * time.Second

	// lineTime is the same where a process must begin first, which some do by
	// fetching themselves.
	lineTime = 2 * time.Minute
)

// maxSessions is how many sessions one server has at most. Beyond them, the
// one ends that nobody has used for longest.
const maxSessions = 4096

// sessions are those that a server has with us, opened when they are needed.
type sessions struct {
	mu     sync.Mutex
	open   map[owner]*session
	added  chan struct{} // closed with the next session, if somebody waits
	sweep  *time.Timer
	closed bool
}

// session returns the session of a client, which stays until it is put back.
func (s *Server) session(ctx context.Context, who identity.Principal, client *mcp.Client) (*session, error) {
	if s.Dialer == nil && !s.way.known() { // the host's own session finds it
		own, err := s.sessions.take(ctx, s, owner{}, s.self())
		if err != nil {
			return nil, err
		}
		s.sessions.put(own)
	}
	for {
		of, as := s.owner(who, client), client
		if of.shared() {
			as = s.self()
		}
		ss, err := s.sessions.take(ctx, s, of, as)
		if err == nil || ctx.Err() != nil || s.owner(who, client) == of {
			return ss, err
		}
		// It was found that the client is served otherwise.
	}
}

// take returns the session of that owner, and opens it if it does not stand. It
// is opened once, whoever waits for it, and goes on if its first caller goes.
func (p *sessions) take(ctx context.Context, s *Server, of owner, client *mcp.Client) (*session, error) {
	ss, err := p.enter(s, of, client)
	if err != nil {
		return nil, err
	}
	if !ss.settled() {
		select {
		case <-ss.opened:
		case <-ctx.Done():
			p.put(ss)
			return nil, context.Cause(ctx)
		}
	}
	if ss.err != nil {
		p.put(ss)
		return nil, ss.err
	}
	return ss, nil
}

func (p *sessions) enter(s *Server, of owner, client *mcp.Client) (*session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	ss := p.open[of]
	if ss == nil || ss.ctx.Err() != nil {
		ss = newSession(s, of, client)
		p.add(s, ss)
		s.work.Go(func() { p.begin(s, ss) })
	}
	ss.busy++
	return ss, nil
}

// settled reports whether the session stands, or has failed to.
func (ss *session) settled() bool {
	select {
	case <-ss.opened:
		return true
	default:
		return false
	}
}

// begin opens a session.
func (p *sessions) begin(s *Server, ss *session) {
	limit := openTime
	if s.Dialer != nil {
		limit = lineTime
	}
	ctx, cancel := context.WithTimeout(ss.ctx, limit)
	defer cancel()
	if ss.err = s.open(ctx, ss); ss.err != nil {
		p.retire(ss)
	}
	close(ss.opened)
}

func (p *sessions) add(s *Server, ss *session) {
	if p.open == nil {
		p.open = make(map[owner]*session)
	}
	p.makeRoom(s, ss.of)
	p.open[ss.of] = ss
	if p.added != nil {
		close(p.added)
		p.added = nil
	}
	if p.sweep == nil {
		p.sweep = time.AfterFunc(s.Idle, func() { p.closeIdle(s) })
	}
}

// await waits until somebody has opened a session of that owner. It is false if
// ctx ends before.
func (p *sessions) await(ctx context.Context, of owner) bool {
	for {
		ss, added := p.look(of)
		if ss != nil {
			select {
			case <-ss.opened:
			case <-ctx.Done():
				return false
			}
			if ss.err == nil && ss.ctx.Err() == nil {
				return true
			}
		}
		select {
		case <-added:
		case <-ctx.Done():
			return false
		}
	}
}

// look returns the session of that owner, if it lives, and what is closed with
// the next one of any.
func (p *sessions) look(of owner) (*session, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.added == nil {
		p.added = make(chan struct{})
	}
	ss := p.open[of]
	if ss != nil && ss.ctx.Err() != nil {
		ss = nil
	}
	return ss, p.added
}

// find returns the session of that owner if it stands, to be put back, or nil.
func (p *sessions) find(of owner) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	ss := p.open[of]
	if ss == nil {
		return nil
	}
	if !ss.settled() || ss.err != nil || ss.ctx.Err() != nil {
		return nil
	}
	ss.busy++
	return ss
}

// put says that a caller of take or find is done.
func (p *sessions) put(ss *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ss.used = ss.server.Now()
	p.leave(ss)
}

// putUnused is put for the host itself, which keeps no session open by asking
// what there is.
func (p *sessions) putUnused(ss *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ss.used.IsZero() {
		ss.used = ss.server.Now()
	}
	p.leave(ss)
}

func (p *sessions) leave(ss *session) {
	if ss.busy--; ss.busy == 0 && ss.retired {
		ss.server.work.Go(ss.close)
	}
}

// retire forgets a session, for the next who needs it to open another. It ends
// with the last of its calls.
func (p *sessions) retire(ss *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[ss.of] == ss {
		delete(p.open, ss.of)
		p.end(ss)
	}
}

// retireAll forgets all sessions.
func (p *sessions) retireAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for of, ss := range p.open {
		delete(p.open, of)
		p.end(ss)
	}
}

// end closes a session that was forgotten, now or when its calls are over.
func (p *sessions) end(ss *session) {
	if ss.retired = true; ss.busy == 0 {
		ss.server.work.Go(ss.close)
	}
}

// remove forgets the session of that owner and returns it, for the caller to
// close.
func (p *sessions) remove(of owner) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	ss := p.open[of]
	delete(p.open, of)
	return ss
}

// closeIdle ends what nobody uses.
func (p *sessions) closeIdle(s *Server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep = nil
	ends := false
	for of, ss := range p.open {
		switch {
		case !ss.ends():
		case ss.busy == 0 && s.Now().Sub(ss.used) >= s.Idle:
			delete(p.open, of)
			s.work.Go(ss.close)
		default:
			ends = true
		}
	}
	if ends && !p.closed {
		p.sweep = time.AfterFunc(s.Idle, func() { p.closeIdle(s) })
	}
}

// ends reports whether the session ends when nobody uses it. That of a client
// which has one itself ends with that, for the server may keep something for
// it; and one that the server knows nothing of costs nothing.
func (ss *session) ends() bool {
	if !ss.settled() {
		return true
	}
	return ss.of.kind != clientSession && !ss.alone()
}

// maxPerPerson is how many sessions one person has who comes without a session
// of the client's own: one for each set of capabilities. Else a person could
// have those of all others end.
const maxPerPerson = 16

// makeRoom ends what must end for a session of that owner to be opened: one of
// the same person, at whose cost it is, or any.
func (p *sessions) makeRoom(s *Server, of owner) {
	if of.kind == onePerson {
		p.endOldest(s, maxPerPerson, func(ss *session) bool { return ss.of.kind == onePerson && ss.of.id == of.id })
	}
	p.endOldest(s, maxSessions, func(*session) bool { return true })
}

// endOldest ends the one of those sessions that nobody has used for longest, if
// there are so many.
func (p *sessions) endOldest(s *Server, most int, of func(*session) bool) {
	var oldest *session
	n := 0
	for _, ss := range p.open {
		if !of(ss) {
			continue
		}
		if n++; ss.busy == 0 && (oldest == nil || ss.used.Before(oldest.used)) {
			oldest = ss
		}
	}
	if n >= most && oldest != nil {
		delete(p.open, oldest.of)
		s.work.Go(oldest.close)
	}
}

// closeAll forgets all sessions and returns them. No other is opened.
func (p *sessions) closeAll() []*session {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.sweep != nil {
		p.sweep.Stop()
	}
	var all []*session
	for _, ss := range p.open {
		all = append(all, ss)
	}
	p.open = nil
	return all
}
