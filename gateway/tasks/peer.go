package tasks

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Client is a client as the server sees it: what the server says to it is of
// the person's own tasks, and what it answers is of the server's.
func (t IDs) Client(client mcp.Peer) mcp.Peer {
	if t.Server == "" {
		return client
	}
	return peer{client, t}
}

// peer is a client of which the server sees its own ids.
type peer struct {
	client mcp.Peer
	ids    IDs
}

// Notify implements [mcp.Peer].
func (p peer) Notify(ctx context.Context, method string, params jsontext.Value) error {
	return p.client.Notify(ctx, method, p.ids.Note(method, params))
}

// Ask implements [mcp.Peer].
func (p peer) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	answer, err := p.client.Ask(ctx, method, p.ids.Note(method, params))
	return p.ids.answer(answer), err
}
