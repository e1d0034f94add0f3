package client

import (
	"gatehouse/identity"
	"gatehouse/mcp"
)

// owner tells whose session it is. Its zero value is the host, whose session
// all share with whom the server needs no other.
type owner struct {
	kind         ownerKind
	id           string // of the person or of the session
	capabilities string // of the client, as far as the server is told

	// older says that it is a line which is opened by initialize, though the
	// server knows better.
	older bool
}

type ownerKind int

const (
	everybody     ownerKind = iota
	onePerson               // whose clients have no session of their own
	clientSession           // of a client of an older revision
)

// owner returns whose session a client is served by.
func (s *Server) owner(who identity.Principal, client *mcp.Client) owner {
	switch {
	case s.Dialer != nil:
		return s.lineOwner(who, client)
	case s.way.shared(client):
		return owner{}
	case client.Session != "":
		return owner{kind: clientSession, id: client.Session}
	}
	return owner{kind: onePerson, id: who.Subject, capabilities: string(client.Capabilities)}
}

// lineOwner returns whose line a client is served by. A process speaks to a
// line in one era, so where it knows both, there is a line for the clients of
// each.
func (s *Server) lineOwner(who identity.Principal, client *mcp.Client) owner {
	o := owner{older: s.way.now().both && !client.Revision.Modern()}
	if s.PerPerson {
		o.kind, o.id = onePerson, who.Subject
	}
	return o
}

// shared reports whether the session serves several persons.
func (o owner) shared() bool { return o.kind == everybody }

// isHost reports whether it is the session of the host itself.
func (o owner) isHost() bool { return o == owner{} }
