package legacy

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// peer is the client's end of one request.
type peer struct {
	ctx  context.Context // of the request: once it is over, so is the peer
	c    *conn
	send func(message []byte) error
}

// Notify sends a notification, unless it is a log message below the level that
// the client asked for.
func (p *peer) Notify(_ context.Context, method string, params jsontext.Value) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if method == mcp.NoteMessage && !wanted(params, p.c.session.Client().LogLevel) {
		return nil
	}
	err := p.send(mcp.AppendRequest(nil, "", method, params))
	if errors.Is(err, errNobody) {
		return nil // this client takes no more than the result
	}
	return err
}

// Ask sends the client a request and waits for the answer.
func (p *peer) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	if !canAsk(p.c.session.Client(), method) {
		return nil, &mcp.Error{Code: mcp.CodeMethodNotFound, Message: "The client did not declare that it can be asked " + method}
	}
	return p.c.ask(ctx, p.ctx, method, params, p.send)
}

// wanted reports whether a log message is of the level or more severe, or of
// one that nobody knows.
func wanted(params jsontext.Value, level string) bool {
	said := mcp.StringMember(params, "level")
	return !mcp.KnownLevel(said) || mcp.LevelReaches(said, level)
}

// needs is what a client must have declared to be asked (2025-11-25,
// lifecycle, "Capability Negotiation").
var needs = map[string]string{
	mcp.MethodCreateMessage: "sampling",
	mcp.MethodElicit:        "elicitation",
	mcp.MethodRootsList:     "roots",
}

func canAsk(client *mcp.Client, method string) bool {
	need, ok := needs[method]
	return !ok || mcp.Member(client.Capabilities, need) != nil
}
