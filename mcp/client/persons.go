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

// abandon remembers a call that was cancelled.
func (ss *session) abandon(ctx context.Context, c *call) {
	if !ss.shared || c.person == "" || ctx.Err() == nil {
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
	ss.abandoned = append(ss.abandoned, abandoned{c.id, c.person, ss.server.Now().Add(abandonedTime)})
}

// late takes an answer that nobody waits for any more: the server has done
// with the call.
func (ss *session) late(m *mcp.Message) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.abandoned = slices.DeleteFunc(ss.abandoned, func(a abandoned) bool { return answers(m, a.id) })
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

// doubtful tells the operator, once for each session, that a question could
// not be asked.
func (ss *session) doubtful() {
	ss.doubts.Do(func() {
		ss.server.Log.Warn("backend asked something while nobody could be told whom; a server that asks needs a process for each person",
			"backend", ss.server.Name)
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
