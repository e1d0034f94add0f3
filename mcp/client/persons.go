package client

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/mcp"
)

// What a server says on a session that several persons share belongs to one of
// them, and nothing says to whom. A message for one person must not reach
// another: neither a question, nor a log message, nor the id of a task. So it
// is given to somebody only if all that the server may be doing is that
// person's.

// abandoned is a call that nobody waits for any more. The server was told, but
// may go on with it, and ask.
type abandoned struct {
	id     mcp.ID
	person string
	until  time.Time // when it counts no longer
}

const (
	abandonedTime = 10 * time.Minute
	maxAbandoned  = 64 // of one person
)

// abandon tells the server that a call is not wanted any more, and remembers
// it. A modern one sees it by the end of the connection.
func (ss *session) abandon(c *call) {
	if !ss.alone() && c.Method != mcp.MethodInitialize && c.Method != mcp.MethodDiscover {
		ss.Cancel(c.ID)
	}
	if !ss.shared || c.person == "" {
		return
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	first, own := -1, 0
	for i, a := range ss.abandoned {
		if a.person != c.person {
			continue
		}
		if own++; first < 0 {
			first = i
		}
	}
	if own >= maxAbandoned {
		ss.abandoned = slices.Delete(ss.abandoned, first, first+1)
	}
	ss.abandoned = append(ss.abandoned, abandoned{c.ID, c.person, ss.server.Now().Add(abandonedTime)})
}

// late takes an answer that nobody waits for any more: the server has done
// with the call.
func (ss *session) late(m *mcp.Message) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.abandoned = slices.DeleteFunc(ss.abandoned, func(a abandoned) bool { return m.Answers(a.id) })
	ss.moved.Broadcast()
}

// ofOne reports whether the calls, and those that the server may still be at,
// are all of one person. The caller holds the lock.
func (ss *session) ofOne(running []*call) bool {
	now := ss.server.Now()
	ss.abandoned = slices.DeleteFunc(ss.abandoned, func(a abandoned) bool { return now.After(a.until) })
	person := running[0].person
	return !slices.ContainsFunc(running, func(c *call) bool { return c.person != person }) &&
		!slices.ContainsFunc(ss.abandoned, func(a abandoned) bool { return a.person != person })
}

// How long a question waits until it is clear whose it is, and how large it may
// be. Few calls take longer.
const (
	clearTime     = 2 * time.Second
	maxClearBytes = 1 << 20
)

// clears has a question wait while calls of several persons run: one that is
// answered meanwhile has not asked, nor has one that begins.
func (ss *session) clears(m *mcp.Message) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	running := ss.askable(ss.running)
	if !ss.shared || len(running) < 2 || len(ss.clearing) >= maxDeferred || len(m.Params) > maxClearBytes {
		return false
	}
	if ss.clearing == nil {
		ss.clearing = make(map[mcp.ID]struct{})
	}
	ss.clearing[m.ID] = struct{}{}
	kept := m.Clone()
	ss.server.work.Go(func() {
		if c := ss.remaining(running); ss.cleared(kept.ID) {
			ss.pose(c, &kept)
		}
	})
	return true
}

// cleared takes a question from those that wait, and reports whether it still
// did: the server may have taken it back.
func (ss *session) cleared(id mcp.ID) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	_, waits := ss.clearing[id]
	delete(ss.clearing, id)
	return waits
}

// remaining waits until those of the calls that still run are one person's, and
// returns the one that asks. If one that is known to ask has ended, it may have
// been that.
func (ss *session) remaining(running []*call) *call {
	known := slices.ContainsFunc(running, func(c *call) bool { return c.asks })
	ctx, cancel := context.WithTimeout(ss.ctx, clearTime)
	defer cancel()
	defer context.AfterFunc(ctx, ss.stir)()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for ; ctx.Err() == nil; ss.moved.Wait() {
		running = slices.DeleteFunc(running, func(c *call) bool { return !slices.Contains(ss.running, c) })
		if len(running) == 0 {
			return nil
		}
		if c, found := asker(running); found && ss.ofOne(running) {
			if known && !c.asks {
				return nil
			}
			return c
		}
	}
	return nil
}

// askable are those of the calls whose clients can be asked.
func (ss *session) askable(calls []*call) []*call {
	return slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return c.peer == nil })
}

// asker is the one of the calls that is known to ask, or the only one.
func asker(calls []*call) (c *call, found bool) {
	if i := slices.IndexFunc(calls, func(c *call) bool { return c.asks }); i >= 0 {
		return calls[i], true
	}
	return calls[0], len(calls) == 1
}

// doubtful tells the operator, once for each session, that a question could
// not be asked.
func (ss *session) doubtful() {
	ss.doubts.Do(func() {
		ss.server.log.Warn("backend asked something while nobody could be told whom; a server that asks needs a process for each person")
	})
}

// keyOfAnother reports whether a message that came on no call's own stream may
// have the id of another person's task, which outlives its call. Clients ask
// for the state of a task anyhow.
func (ss *session) keyOfAnother(m *mcp.Message) bool {
	return ss.shared && strings.HasPrefix(m.Method, taskNotes)
}

// methodTasksList shows all tasks that a session has begun (2025-11-25).
const methodTasksList = "tasks/list"

// taskNotes are the notifications of tasks, in each revision.
const taskNotes = "notifications/tasks"
