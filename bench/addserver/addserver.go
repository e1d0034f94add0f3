// Package addserver is a server of the official Go SDK with one tool. The
// benchmark serves it bare, and hosted.
package addserver

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type pair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type sum struct {
	Sum float64 `json:"sum"`
}

// New returns a server as the SDK's own guide writes it.
func New() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "math", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "Adds two numbers."},
		func(_ context.Context, _ *mcp.CallToolRequest, in pair) (*mcp.CallToolResult, sum, error) {
			return nil, sum{in.A + in.B}, nil
		})
	return server
}
