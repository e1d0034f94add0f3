package client

import (
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// Hear implements [wire.Session].
func (ss *session) Hear(m *mcp.Message) *wire.Request {
	if m.IsResponse() {
		ss.late(m)
		return nil
	}
	if c := ss.hear(nil, m); c != nil {
		return &c.Request
	}
	return nil
}

// hear takes a message of the server that is no answer. on is the call on whose
// stream it came, or nil. It returns the call that is to be told of it.
func (ss *session) hear(on *call, m *mcp.Message) (c *call) {
	switch m.Method {
	case mcp.NoteCancelled:
		ss.withdraw(mcp.ID(mcp.Member(m.Params, "requestId")))
		return nil
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged:
		ss.server.offer.invalidate()
		ss.changed(m)
		return nil
	case mcp.NoteResourceUpdated, mcp.NoteSubscriptionsAcked:
		ss.changed(m)
		return nil
	}
	c = on
	if c == nil && m.Method != mcp.MethodPing && !ss.keyOfAnother(m) {
		c = ss.callOf(m)
	}
	switch {
	case m.IsRequest():
		ss.question(c, m)
		return nil
	case c == nil && m.Method != mcp.NoteProgress && !ss.shared:
		// Of no call that still runs: those who listen may know what it is. On a
		// session of all, it is of nobody knows whom.
		ss.changed(m)
	}
	return c
}

// Missed implements [wire.Session].
func (ss *session) Missed() {
	for _, k := range ss.listeners() {
		k.missed()
	}
}

// Cancel implements [wire.Session].
func (ss *session) Cancel(id mcp.ID) {
	params := mcp.WithMember(nil, "requestId", jsontext.Value(id))
	ss.server.work.Go(func() { ss.reply(mcp.AppendRequest(nil, "", mcp.NoteCancelled, params)) })
}

// Ended implements [wire.Session].
func (ss *session) Ended() {
	ss.server.sessions.retire(ss)
	ss.end()
}
