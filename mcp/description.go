package mcp

import "github.com/go-json-experiment/json/jsontext"

// Description is what a server says of itself: in the result of initialize
// (legacy), or of server/discover (modern).
type Description struct {
	Info         jsontext.Value // an Implementation object
	Capabilities jsontext.Value // a ServerCapabilities object
	Instructions string
}
