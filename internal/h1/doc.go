// Package h1 is an HTTP/1.1 client for servers that are asked often (RFC 9112).
//
//	RoundTrip -> connection (idle, else new) -> request -> head -> Body -> idle again
//
// It does what a call to a backend needs and no more: connections that are
// kept, one write for a request, and all of it in the goroutine that asks. A
// call costs no goroutine and no channel, which is what makes it cheaper than
// http.Transport. It has no proxies, no HTTP/2, no cookies and no compression,
// and follows no redirects.
package h1
