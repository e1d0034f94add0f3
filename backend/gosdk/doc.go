// Package gosdk hosts servers of the official Go SDK in this process.
//
// The SDK believes that it has a session with each client, and [Server] keeps
// one for it:
//
//	request -> session -> the SDK's handlers           (tools/call and the like)
//	        -> session -> wire -> the SDK's connection  (all else)
//	peer    <- wire    <- notifications and questions, by the call in their context
//
// What the SDK says to nobody in particular, such as that a list has changed,
// goes to the catalog and to those who watch.
//
// The SDK is large, and works before main. So nothing leads here but package
// sdk, which a program that hosts no such server does not import.
package gosdk
