package doctor

import (
	"fmt"
	"io"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// firstAnswer reads a stream of server-sent events up to the first JSON-RPC
// response and returns that. Notifications that come before it are passed
// over, and a stream that stays open after it is not waited for.
func firstAnswer(stream io.Reader) ([]byte, error) {
	from := events.Reader{From: stream, Most: maxBody, Total: maxBody}
	for {
		ev, err := from.Next()
		if err != nil {
			return nil, fmt.Errorf("the stream of events ends without an answer: %w", err)
		}
		if m, err := mcp.Decode(ev.Data); err == nil && m.IsResponse() {
			return ev.Data, nil
		}
	}
}
