package legacy

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// mute is the peer of a client that can take no more than the result.
type mute struct{}

func (mute) Notify(context.Context, string, jsontext.Value) error { return nil }

func (mute) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}
