// Package road is a client without a library, for tests that want to see
// every request on the way to a tool, or make them all at once:
//
//	Register -> Way -> Approve -> Redeem -> Modern
//	                                     -> Initialize -> Legacy
//	                                     -> Refresh
//
// What takes a context returns an error only if no whole answer came; an
// answer that refuses is an answer. What takes a test fails it if the road has
// a hole. All of it can be used by many at once.
package road
