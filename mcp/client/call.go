package client

import (
	"context"
	"slices"
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

// call does one request of the client.
func (ss *session) call(ctx context.Context, person string, client *mcp.Client, req *mcp.Request, peer mcp.Peer) (jsontext.Value, error) {
	if ss.modern && mcp.EncodeHeader(req.Method) != req.Method {
		return nil, mcp.MethodNotFound(req.Method) // no header can say it
	}
	if ss.shared && req.Method == methodTasksList {
		return nil, mcp.MethodNotFound(req.Method) // it shows those of all
	}
	if err := ss.setLevel(ctx, client); err != nil {
		return nil, err
	}
	c := ss.newCall(ctx, req.Method)
	c.person, c.peer = person, peer
	c.params = ss.own(c, ss.translate(client, req.Params))
	switch {
	case ss.modern:
		c.Name, c.Args = ss.server.names(ctx, req)
	case ss.lined:
		if err := ss.await(ctx, c); err != nil {
			return nil, err
		}
	}
	return ss.do(ctx, c)
}

// request does a request of the host itself.
func (ss *session) request(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	c := ss.newCall(ctx, method)
	c.params = params
	if ss.modern {
		c.params = ss.translate(ss.client, params)
	}
	return ss.do(ctx, c)
}

func (ss *session) do(ctx context.Context, c *call) (jsontext.Value, error) {
	c.Message = mcp.AppendRequest(make([]byte, 0, len(c.params)+len(c.Method)+64), c.ID, c.Method, c.params)
	ss.enter(c)
	defer ss.leave(c)
	if c.peer != nil && !c.alone {
		ss.askDeferred(c)
	}
	m, err := ss.channel.Do(ctx, &c.Request)
	if err != nil {
		if ctx.Err() != nil && ss.ctx.Err() == nil {
			ss.abandon(c)
		}
		return nil, err
	}
	return outcome(&m)
}

// own gives the progress token of a call a value that no other call of the
// session has. On a stream of its own the client's is good enough.
func (ss *session) own(c *call, params jsontext.Value) jsontext.Value {
	if c.alone = ss.alone(); c.alone {
		return params
	}
	c.token = mcp.Member(mcp.Member(params, "_meta"), mcp.MetaProgressToken)
	if c.token == nil {
		return params
	}
	c.own = jsontext.Value(c.ID)
	return mcp.WithMeta(params, mcp.MetaProgressToken, c.own)
}

// enter makes a call one that the server may speak of outside of its answer.
func (ss *session) enter(c *call) {
	if ss.alone() {
		return
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.running = append(ss.running, c)
	if ss.coming == c {
		ss.coming = nil
	}
}

// leave ends what goes on for a call that is over.
func (ss *session) leave(c *call) {
	if ss.alone() {
		return
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.running = slices.DeleteFunc(ss.running, func(other *call) bool { return other == c })
	ss.moved.Broadcast()
	for _, q := range ss.questions {
		if q.of == c {
			q.cancel()
		}
	}
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
