package mcp

import "net/http"

// Names of HTTP headers, in the canonical form of [http.Header].
const (
	HeaderRevision = "Mcp-Protocol-Version"
	HeaderSession  = "Mcp-Session-Id"
	HeaderMethod   = "Mcp-Method"
	HeaderName     = "Mcp-Name"
)

// IsModern reports whether a message that came by POST is of the stateless
// kind that began with 2026-07-28. One URL serves both kinds, and a client
// that does not know its server yet begins with a modern message.
//
// Mcp-Method is no sign of it: clients send it with legacy messages too.
func IsModern(header http.Header, m *Message) bool {
	if Revision(header.Get(HeaderRevision)).Modern() {
		return true
	}
	switch m.Method {
	case MethodInitialize:
		return false
	case MethodDiscover, MethodListen:
		return true
	}
	return Member(ReadParams(m.Params).Meta, MetaRevision) != nil
}
