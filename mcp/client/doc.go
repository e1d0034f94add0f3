// Package client speaks to other MCP servers, whatever their revision and
// transport.
//
//	Server.Call -> way: revision and transport, found by asking
//	            -> session: one client as the server knows it
//	            -> wire.Channel: POST and its answer, or a line
//	Server.Offer -> the four lists, kept and renewed
//	Server.Watch -> what changes, told to who wants to hear it
//
//	wire.Channel -> session.hear -> call: whose client is told, or asked
//	                             -> sink: who listens for changes
//
// It mirrors the edges: what a server of an older revision keeps in a session
// lives here and nowhere else. Params and results travel as raw JSON; of an
// answer only the envelope is read.
package client
