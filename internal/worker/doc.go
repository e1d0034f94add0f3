// Package worker is the Worker target: it serves the host inside a Durable
// Object of Cloudflare Workers, where one Go program answers many requests.
//
//	object.mjs -> Main -> host.New
//	Request -> http.Request -> host -> answer -> Response
//	host -> shards -> the object's own store | another object
//
// JavaScript starts the program in the first request of the object, and leaves
// the object's context for it under a name that is its first argument. A
// program that ends, by a panic or because it cannot start, ends the object:
// the next request meets a fresh one.
//
// Where people are spread over several objects, the front door leads a request
// to the one that keeps the grant of its token, and the objects ask one another
// for single records.
package worker
