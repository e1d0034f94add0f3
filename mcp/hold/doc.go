// Package hold lets servers of the older kind, which ask their client in the
// middle of a call, serve clients that cannot be asked (2026-07-28).
//
// The call runs on a goroutine of its own. When it asks, the client's request
// is answered with what it asks, and the call waits for the next one:
//
//	tools/call ------> run ----------- Ask --.
//	<- input_required, requestState          | held
//	tools/call, inputResponses, requestState |
//	-----------------> Ask returns <---------'
//	<- result -------- run returns
//
// A held call lives in the memory of this process. What leaves it, the
// requestState, is sealed: it names the call and the round, and opens only for
// the same person, grant and request (2026-07-28, "Multi Round-Trip
// Requests", "Security Considerations").
package hold
