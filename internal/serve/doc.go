// Package serve answers HTTP/1.1 on connections without TLS (RFC 9112), for a
// host that is asked often and answers soon.
//
//	Accept -> conn -> a whole head, of the usual kind -> Handler -> answer
//	            └──── anything else -> net/http, with the connection
//
// What nearly every request is, it does in one goroutine: it reads once, calls
// the handler, and writes once. It watches for a client that leaves only when
// the answer is not there soon, and its time limits take no timers. What is
// not of that kind goes to the [http.Server] that it stands in front of, with
// all that was read of it and for as long as the connection lasts: a head that
// comes in pieces or is longer than usual, a body in chunks, an Expect, an
// Upgrade, HEAD, HTTP/1.0, the preface of HTTP/2, and all that is faulty or
// could be read in two ways. So this package refuses nothing and repairs
// nothing, and whom it does not understand is judged as net/http judges.
package serve
