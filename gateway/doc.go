// Package gateway carries one client request to the backend that serves it.
//
//	edge -> Gateway.Call
//	     -> catalog        whose is it? (what clients see of a backend says view,
//	                       whose a URI is uritemplate)
//	     -> tasks          a task that is not this person's does not exist
//	     -> scopes         does the token allow it?
//	     -> audit          what cannot be recorded is not done
//	     -> hold           where the backend asks in the middle of a call
//	     -> line           is the backend still there?
//	     -> bounds         has it answered lately? A place, or a turn; a deadline
//	     -> Backend.Call
//
// A call goes down this line once and its result comes back as a return
// value. What the backend wants to tell the client meanwhile goes through the
// [mcp.Peer] that came down with the call.
//
// A line is what the gateway knows of a backend: what it last offered, who uses
// it, whether it answers at all. One that is slow, dead or lying holds up its
// own calls and nothing else. What all backends offer together is the catalog,
// an immutable snapshot under the names that clients see:
//
//	Backend.Catalog -> fetch, check: when it is asked
//	                -> pins: what of it has changed since it was approved
//	                -> part, of each line -> merge -> catalog -> list
//	                                                          -> watchers
//
// It is made anew when a backend has changed, and whoever watches is told.
//
// The gateway knows no revision, no session and no transport: those are the
// affair of the edges and of the backends.
package gateway
