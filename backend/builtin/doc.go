// Package builtin holds the backends that run in this process.
//
// [Tools] is a set of typed Go functions. A call goes straight to the
// function:
//
//	params -> arguments -> shape (is it what the schema says?) -> In
//	       -> the function -> Out -> result
//
// The schema that clients read and the shape that arguments are held to are
// made from the same Go type when the tool is made, so one cannot be stricter
// than the other, and a call builds no map of what it reads.
//
// [Server] is a server of the official Go SDK. The SDK believes that it has a
// session with each client, and the host keeps one for it:
//
//	request -> session -> the SDK's handlers           (tools/call and the like)
//	        -> session -> wire -> the SDK's connection  (all else)
//	peer    <- wire    <- notifications and questions, by the call in their context
//
// What the SDK says to nobody in particular, such as that a list has changed,
// goes to the catalog and to those who watch.
package builtin
