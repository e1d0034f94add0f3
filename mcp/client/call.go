package client

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// call is one request on its way to the server, and what must be known of it
// meanwhile.
type call struct {
	ctx     context.Context
	id      mcp.ID
	method  string
	message []byte            // the request as it is sent
	name    string            // what Mcp-Name says; modern only
	args    []mcp.ParamHeader // that headers repeat; modern only
	params  jsontext.Value

	person string // whose it is; empty if it is the host's own

	alone bool           // it has a stream of its own, and the client's token there
	peer  mcp.Peer       // nil if nobody hears of the call
	token jsontext.Value // by which the client knows progress of it; nil if it wants none
	own   jsontext.Value // by which the server knows it

	target string             // what it is done to; of calls over a line
	asks   bool               // it is the one of its line that may ask
	asked  int                // questions so far; guarded by session.mu
	since  time.Time          // when the last of them came; guarded by session.mu
	inbox  *inbox             // nil unless the call goes over a line
	hear   func(*mcp.Message) // takes the changes that the call listens to; nil for all others
}

// maxQuestions is how often one call may ask its client.
const maxQuestions = 256

// tell gives the client a notification of the server that belongs to the call.
// A client that is gone is noticed elsewhere.
func (c *call) tell(m *mcp.Message) {
	if c.peer == nil {
		return
	}
	params := m.Params
	switch {
	case m.Method != mcp.NoteProgress:
	case c.alone:
		if !mcp.SameToken(mcp.Member(params, mcp.MetaProgressToken), mcp.Member(mcp.Member(c.params, "_meta"), mcp.MetaProgressToken)) {
			return // it would be taken for that of another call
		}
	default:
		said := mcp.Member(params, mcp.MetaProgressToken)
		if c.token == nil || !mcp.SameToken(said, c.own) {
			return
		}
		if string(said) != string(c.token) {
			params = mcp.WithMember(params, mcp.MetaProgressToken, c.token)
		}
	}
	_ = c.peer.Notify(c.ctx, m.Method, params)
}

// inbox is what the server has said of a call that goes over a line. The one
// who reads the line never waits for the client of a call.
type inbox struct {
	ready chan struct{} // holds one if there is something

	mu       sync.Mutex
	messages []mcp.Message
	size     int // bytes of their params
	answered bool
}

// What waits for a client that reads slowly, at most. What is more is lost, but
// for the answer.
const (
	maxInbox      = 256
	maxInboxBytes = 1 << 20 // and one message, however large
)

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

// add takes a message, which it copies.
func (b *inbox) add(m *mcp.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := len(b.messages) >= maxInbox || b.size > maxInboxBytes
	if b.answered || full && !m.IsResponse() {
		return
	}
	b.size += len(m.Params)
	b.answered = m.IsResponse()
	b.messages = append(b.messages, keep(m))
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []mcp.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages := b.messages
	b.messages, b.size = nil, 0
	return messages
}

// keep returns a message that stays good when what it was read from does not.
func keep(m *mcp.Message) mcp.Message {
	kept := *m
	kept.Params = slices.Clone(m.Params)
	kept.Result = slices.Clone(m.Result)
	return kept
}

// answers reports whether m is the answer to the request with that id, however
// its number is written.
func answers(m *mcp.Message, id mcp.ID) bool {
	return m.IsResponse() && (m.ID == id || mcp.SameToken(jsontext.Value(m.ID), jsontext.Value(id)))
}

// outcome is what an answer says.
func outcome(m *mcp.Message) (jsontext.Value, error) {
	if m.Error != nil {
		return nil, m.Error
	}
	if m.Result.Kind() != '{' {
		return nil, nonsense("the result is not an object")
	}
	return m.Result, nil
}

func number(n int64) mcp.ID { return mcp.ID(strconv.FormatInt(n, 10)) }
