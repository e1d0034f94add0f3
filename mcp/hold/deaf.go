package hold

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// deaf is a client that has declared nothing that it could be asked. Its calls
// need not be held: each question is refused at once.
type deaf struct {
	mcp.Peer
	capabilities jsontext.Value
}

// Ask implements [mcp.Peer].
func (d deaf) Ask(_ context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	q := &question{name: "question", method: method, params: params}
	if err := mcp.CheckInputRequests(appendQuestions(nil, q), d.capabilities); err != nil {
		return nil, err
	}
	return nil, mcp.ErrCannotAsk
}
