package client

import (
	"context"
	"slices"
	"time"

	"gatehouse/mcp"
)

// On a line nothing says which of several calls the server asks for, or logs
// for. So it is remembered which tools were seen to ask, and of those one runs
// at a time on each line: then the question is that call's. One that waits for
// its person's answer, which may never come, lets others of that person go by.

// await waits for the turn of a call to something that was seen to ask: until
// each other one has asked all that it asks at once, and waits, or is over.
func (ss *session) await(ctx context.Context, c *call) error {
	c.target = target(c)
	if _, asks := ss.server.askers.Load(c.target); !asks {
		return nil
	}
	c.asks = true
	defer context.AfterFunc(ctx, ss.stir)()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for ss.coming != nil || slices.ContainsFunc(ss.running, func(c *call) bool { return c.asks && !ss.asleep(c) }) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		ss.moved.Wait()
	}
	ss.coming = c
	return nil
}

// stir has those look again who wait for what others do.
func (ss *session) stir() {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.moved.Broadcast()
}

// goBy is how long a call may take to ask all that it asks at once.
const goBy = 10 * time.Millisecond

// waits reports whether the client of a call has a question to answer. The
// caller holds the lock.
func (ss *session) waits(c *call) bool {
	for _, q := range ss.questions {
		if q.of == c {
			return true
		}
	}
	return false
}

// target is what a call is done to, as far as it has a name that the server
// gave. What is remembered of clients' own words would have no end.
func target(c *call) string {
	switch c.Method {
	case mcp.MethodToolsCall, mcp.MethodPromptsGet:
		return c.Method + " " + mcp.StringMember(c.params, "name")
	}
	return c.Method
}

// callOf finds the call that a message belongs to which came on no call's own
// stream: the one whose progress it tells of, else the only one, else the one
// that is known to ask, else the newest. Where several persons share the
// session, a guess is not good enough.
func (ss *session) callOf(m *mcp.Message) *call {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if m.Method == mcp.NoteProgress {
		return ss.reported(m)
	}
	running := slices.DeleteFunc(slices.Clone(ss.running), func(c *call) bool {
		return c.peer == nil || m.IsRequest() && ss.asleep(c)
	})
	if len(running) == 0 {
		return nil
	}
	newest, asker := running[len(running)-1], (*call)(nil)
	same := true
	for _, c := range running {
		same = same && c.target == newest.target
		if c.asks {
			asker = c
		}
	}
	if m.IsRequest() && ss.lined && same && m.Method != mcp.MethodRootsList {
		ss.server.askers.Store(newest.target, true)
	}
	switch {
	case ss.shared && !ss.ofOne(running):
		return nil
	case len(running) == 1:
		return newest
	case m.IsRequest() && asker != nil:
		return asker
	case ss.shared:
		return nil
	}
	return newest
}

// asleep reports whether a call of a session that is one person's has asked
// all that it asks at once, and waits for the answers. The caller holds the
// lock.
func (ss *session) asleep(c *call) bool {
	return !ss.shared && ss.waits(c) && ss.server.Now().Sub(c.since) >= goBy
}

// reported returns the call whose progress the message tells of, or nil. The
// caller holds the lock.
func (ss *session) reported(m *mcp.Message) *call {
	token := mcp.Member(m.Params, mcp.MetaProgressToken)
	for _, c := range ss.running {
		if mcp.SameToken(token, c.own) {
			return c
		}
	}
	return nil
}
