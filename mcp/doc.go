// Package mcp is the vocabulary of the Model Context Protocol: envelopes,
// revisions, the parts of a request that a host must understand, and the kinds
// of failure. It does no I/O.
//
// Nothing here knows the shape of a tool, a prompt or a resource. A host reads
// the envelope and the few members it routes on; params and results travel as
// raw JSON, so what it does not know it carries through untouched.
//
//	edge (modern, legacy) -> Request, Client, Peer -> gateway -> backend
//	edge (modern, legacy) <- Result, error         <- gateway <- backend
package mcp
