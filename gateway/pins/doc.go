// Package pins remembers which definitions of tools were approved, so that a
// tool which was harmless when somebody looked at it does not turn into another
// one unseen.
//
//	what a backend offers -> Table.Look: the first sight approves, a change is withheld
//	an operator           -> Table.Get: what has changed -> Table.Accept
//
// Definitions are told apart by a digest of their canonical form (RFC 8785): the
// order of members and the space between them do not count.
package pins
