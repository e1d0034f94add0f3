// Package jsrt is the door to JavaScript: promises become calls that wait,
// streams become readers and writers, fetch becomes a transport, and what
// JavaScript throws becomes an error.
//
//	Promise         -> Await
//	ReadableStream  -> NewReader
//	WritableStream  -> NewWriter
//	fetch           -> Fetch, an http.RoundTripper
//	console.log     -> Console, an io.Writer
//
// Everything waits in goroutines of its own: JavaScript goes on as soon as all
// of them wait. So nothing here may be called from within a js.Func, which
// JavaScript itself waits for.
package jsrt
