// Package legacy serves the revisions of the protocol that have sessions:
// 2024-11-05 to 2025-11-25. It is an adapter: below it every call is a
// function, as in the modern revision.
//
//	POST -> session -> initialize, ping, … answered here
//	                -> Gateway.Call, with a peer that speaks on the answer
//	GET  -> session -> stream of what changes (Gateway.Watch)
//
// What needs a session lives here and nowhere else: the handshake, the log
// level, subscriptions, questions to the client and its answers, cancelling by
// notification, streams that can be resumed.
package legacy
