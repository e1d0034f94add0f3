package client

import (
	"context"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// call is one request on its way to the server, and what must be known of it
// meanwhile.
type call struct {
	wire.Request
	session *session
	ctx     context.Context
	params  jsontext.Value

	person string // whose it is; empty if it is the host's own

	alone bool           // it has a stream of its own, and the client's token there
	peer  mcp.Peer       // nil if nobody hears of the call
	token jsontext.Value // by which the client knows progress of it; nil if it wants none
	own   jsontext.Value // by which the server knows it

	target string    // what it is done to; of calls over a line
	asks   bool      // it is the one of its line that may ask
	asked  int       // questions so far; guarded by session.mu
	since  time.Time // when the last of them came; guarded by session.mu
}

func (ss *session) newCall(ctx context.Context, method string) *call {
	c := &call{session: ss, ctx: ctx}
	c.ID, c.Method, c.Caller = mcp.ID(strconv.FormatInt(ss.last.Add(1), 10)), method, c
	return c
}

// Hear implements [wire.Caller].
func (c *call) Hear(m *mcp.Message) {
	if c = c.session.hear(c, m); c != nil {
		c.Tell(m)
	}
}

// maxQuestions is how often one call may ask its client.
const maxQuestions = 256

// Tell implements [wire.Caller]: it gives the client a notification that belongs
// to the call. A client that is gone is noticed elsewhere.
func (c *call) Tell(m *mcp.Message) {
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

// outcome is what an answer says.
func outcome(m *mcp.Message) (jsontext.Value, error) {
	if m.Error != nil {
		return nil, m.Error
	}
	if m.Result.Kind() != '{' {
		return nil, wire.Nonsense("the result is not an object")
	}
	return m.Result, nil
}
