// Package sdk mounts servers of the official Go SDK:
//
//	gatehouse.Main(sdk.Server("notes", server))
//
// It is a package of its own because a program that imports it has the whole SDK
// in it, which in a Worker is half a mebibyte to load and to start.
package sdk

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse"
	"gatehouse/backend/gosdk"
)

// Server makes a backend of a server of the official Go SDK, which runs in
// this process with all that it can do: tools, prompts, resources, completion,
// progress, sampling, elicitation, roots and methods of its own, for clients of
// every revision. Handlers that ask the client in the middle of a call need
// [gatehouse.Backend.AsksInCall].
//
// The host takes s over. Add middleware before; do not connect it to anything
// else. Tools, prompts and resources may come and go at any time. A handler
// finds the caller in its request's Extra.TokenInfo, and with
// [gatehouse.Caller].
func Server(name string, s *mcp.Server) *gatehouse.Backend {
	b, err := gosdk.New(name, s)
	if err != nil {
		return gatehouse.NewBackend(name, nil, err)
	}
	return gatehouse.NewBackend(name, b, nil)
}
