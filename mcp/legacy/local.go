package legacy

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// What a session may be subscribed to.
const (
	maxSubscriptions = 128
	maxURI           = 4 << 10
)

// firstLevel is the level of a session whose client has not set one. Which it
// is, is the server's choice (2025-11-25, logging, "Message Flow").
const firstLevel = "info"

// local answers the requests that concern the session alone. It is not ok for
// all others.
func (h *Handler) local(ctx context.Context, c *conn, m *mcp.Message) (result jsontext.Value, err error, ok bool) {
	switch m.Method {
	case mcp.MethodPing:
	case mcp.MethodSetLevel:
		err = h.setLevel(ctx, c, m.Params)
	case mcp.MethodSubscribe:
		err = h.subscribe(ctx, c, m.Params)
	case mcp.MethodUnsubscribe:
		err = h.unsubscribe(ctx, c, m.Params)
	case mcp.MethodInitialize:
		err = &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The session is initialized already"}
	default:
		return nil, nil, false
	}
	return jsontext.Value(`{}`), err, true
}

func (h *Handler) setLevel(ctx context.Context, c *conn, params jsontext.Value) error {
	level := mcp.StringMember(params, "level")
	if !mcp.KnownLevel(level) {
		return mcp.InvalidParams("level must be one of debug, info, notice, warning, error, critical, alert, emergency")
	}
	return h.Sessions.SetLevel(ctx, c.session, level)
}

func (h *Handler) subscribe(ctx context.Context, c *conn, params jsontext.Value) error {
	uri := mcp.StringMember(params, "uri")
	switch subscribed := c.session.Subscriptions(); {
	case uri == "" || len(uri) > maxURI:
		return mcp.InvalidParams("uri must be the URI of a resource")
	case slices.Contains(subscribed, uri):
		return nil
	case len(subscribed) >= maxSubscriptions:
		return mcp.InvalidParams("The session is subscribed to too many resources")
	}
	if err := h.Sessions.Subscribe(ctx, c.session, uri); err != nil {
		return err
	}
	return h.rewatch(c)
}

func (h *Handler) unsubscribe(ctx context.Context, c *conn, params jsontext.Value) error {
	uri := mcp.StringMember(params, "uri")
	if !slices.Contains(c.session.Subscriptions(), uri) {
		return nil
	}
	if err := h.Sessions.Unsubscribe(ctx, c.session, uri); err != nil {
		return err
	}
	return h.rewatch(c)
}
