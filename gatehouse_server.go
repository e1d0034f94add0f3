package gatehouse

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/builtin"
)

// Server makes a backend of a server of the official Go SDK, which runs in
// this process with all that it can do: tools, prompts, resources, completion,
// progress, sampling, elicitation, roots and methods of its own, for clients of
// every revision. Handlers that ask the client in the middle of a call need
// [Backend.AsksInCall].
//
// The host takes s over. Add middleware before; do not connect it to anything
// else. Tools, prompts and resources may come and go at any time. A handler
// finds the caller in its request's Extra.TokenInfo, and with [Caller].
func Server(name string, s *mcp.Server) *Backend {
	b, err := builtin.NewServer(name, s)
	if err != nil {
		return newBackend(name, nil, err)
	}
	return newBackend(name, b, nil)
}
