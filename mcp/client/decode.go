package client

import (
	"net/http"
	"strings"

	"gatehouse/mcp"
)

// limits of what is read of a server.
var limits = mcp.DefaultLimits

// decode reads a message of the server, or a batch of them as 2025-03-26 has
// it. They point into data.
func decode(data []byte) ([]mcp.Message, error) {
	messages, _, err := mcp.DecodeBatch(data, limits)
	if err != nil {
		return nil, nonsense("%v", err)
	}
	return messages, nil
}

// endsSession reports whether a refusal says that the server does not know the
// session. The specification has it say so by 404; servers made after an
// example of the TypeScript SDK answer 400 instead.
func (e *statusError) endsSession() bool {
	if e.status == http.StatusNotFound {
		return e.message == nil || e.message.Code != mcp.CodeMethodNotFound
	}
	return e.status == http.StatusBadRequest && e.message != nil &&
		strings.Contains(strings.ToLower(e.message.Message), "session")
}
