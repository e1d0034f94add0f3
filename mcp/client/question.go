package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// replyTime is how long the server may take to take an answer.
const replyTime = 30 * time.Second

// question is what the server has asked, and waits for.
type question struct {
	of     *call
	cancel context.CancelFunc
	size   int // bytes of its params
}

// question has the client of a call answer what the server asks. It does not
// wait for the client.
func (ss *session) question(c *call, m *mcp.Message) {
	if m.Method == mcp.MethodPing {
		ss.replySoon(mcp.AppendResult(nil, m.ID, jsontext.Value(`{}`)))
		return
	}
	if ss.shared && ss.lined && m.Method == mcp.MethodRootsList {
		// Servers keep the roots and go by them in every later call, so those of
		// one person must not become those of all.
		ss.replySoon(mcp.AppendResult(nil, m.ID, jsontext.Value(`{"roots":[]}`)))
		return
	}
	if c == nil && ss.defers(m) {
		return
	}
	if c == nil && ss.clears(m) {
		return
	}
	ss.pose(c, m)
}

// pose has the client of a call asked, or refuses if there is none.
func (ss *session) pose(c *call, m *mcp.Message) {
	if c == nil && ss.shared {
		ss.doubtful()
	}
	if c == nil || !ss.ask(c, m.Clone()) {
		ss.replySoon(mcp.AppendError(nil, m.ID, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The client can only be asked while it waits for a call"}))
	}
}

// How many questions wait for a call, and how long each may be.
const (
	maxDeferred      = 16
	maxDeferredBytes = 4 << 10
)

// defers has a question for the client's roots wait for the next call, since
// only then can the client be asked. Servers ask it when a session begins, and
// when they hear that the roots have changed.
func (ss *session) defers(m *mcp.Message) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.shared || m.Method != mcp.MethodRootsList || len(ss.deferred) >= maxDeferred || len(m.Params) > maxDeferredBytes {
		return false
	}
	ss.deferred = append(ss.deferred, m.Clone())
	return true
}

// askDeferred asks what has waited for a call.
func (ss *session) askDeferred(c *call) {
	ss.mu.Lock()
	deferred := ss.deferred
	ss.deferred = nil
	ss.mu.Unlock()
	for i := range deferred {
		ss.question(c, &deferred[i])
	}
}

// ask asks, and is false if the call may not ask any more.
func (ss *session) ask(c *call, m mcp.Message) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if c.peer == nil || c.asked >= maxQuestions || ss.ctx.Err() != nil || ss.questions[m.ID] != nil || ss.asking()+len(m.Params) > ss.server.MaxMessage {
		return false
	}
	c.asked++
	c.since = ss.server.Now()
	time.AfterFunc(goBy, ss.stir) // it may be asleep by then
	ctx, cancel := context.WithCancel(c.ctx)
	stop := context.AfterFunc(ss.ctx, cancel)
	if ss.questions == nil {
		ss.questions = make(map[mcp.ID]*question)
	}
	ss.questions[m.ID] = &question{c, cancel, len(m.Params)}
	ss.server.work.Go(func() {
		defer stop()
		answer, err := c.peer.Ask(ctx, m.Method, m.Params)
		if over := ctx.Err() != nil; over {
			err = &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The request is over."}
		}
		ss.withdraw(m.ID)
		if err != nil {
			ss.reply(mcp.AppendError(nil, m.ID, mcp.Failure(err)))
			return
		}
		ss.reply(mcp.AppendResult(nil, m.ID, answer))
	})
	return true
}

// asking is how many bytes the questions have that wait for answers: all
// together they are no more than one could be. The caller holds the lock.
func (ss *session) asking() (size int) {
	for _, q := range ss.questions {
		size += q.size
	}
	return size
}

// withdraw ends a question that the server takes back.
func (ss *session) withdraw(id mcp.ID) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.deferred = slices.DeleteFunc(ss.deferred, func(m mcp.Message) bool { return m.ID == id })
	delete(ss.clearing, id)
	if q := ss.questions[id]; q != nil {
		q.cancel()
		delete(ss.questions, id)
	}
}

// maxReplies is how many answers to questions that nobody was asked are on
// their way at once. A server that asks faster than it listens gets no more.
const maxReplies = 64

// replySoon is reply for who cannot wait.
func (ss *session) replySoon(message []byte) {
	if ss.replies.Add(1) > maxReplies {
		ss.replies.Add(-1)
		return
	}
	ss.server.work.Go(func() {
		defer ss.replies.Add(-1)
		ss.reply(message)
	})
}

// reply sends the server an answer. Whether it takes it is its own affair.
func (ss *session) reply(message []byte) {
	ctx, cancel := context.WithTimeout(ss.server.ctx, replyTime)
	defer cancel()
	if err := ss.channel.Send(ctx, message); err != nil && !errors.Is(err, context.Canceled) {
		ss.server.log.DebugContext(ctx, "answer not delivered", "err", err)
	}
}
