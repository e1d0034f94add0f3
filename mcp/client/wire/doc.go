// Package wire carries the messages of one session to a server and back, over
// whatever leads there.
//
//	Channel.Do -> Stream: each request a POST, its answer JSON or events;
//	           |          beside it a GET stream, gone on with where it broke off
//	           -> Line:   a Conn that all requests share: a process, or
//	                      HTTP with SSE (DialEvents)
//	Session.Hear <- what the server says that answers nothing
//	Caller.Hear  <- and what it says on the stream of one request
//
// It reads envelopes and knows nothing of what the messages mean: to whom a
// question goes, or what a list holds, is the session's affair.
package wire
