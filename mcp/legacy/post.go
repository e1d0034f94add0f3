package legacy

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// Post serves a POST to the endpoint: one message, or a batch of them.
func (h *Handler) Post(w http.ResponseWriter, r *http.Request, who identity.Principal, msgs []mcp.Message, batch bool) error {
	first := &msgs[0]

	// 1. The kinds of body, before and after.
	if !isJSON(r.Header.Get("Content-Type")) {
		return refuse(w, r, http.StatusUnsupportedMediaType, first.ID,
			&mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The Content-Type must be application/json."})
	}
	accept := parseAccept(r.Header.Values("Accept"))
	if !accept.json && !accept.events {
		return refuse(w, r, http.StatusNotAcceptable, first.ID,
			&mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The client must accept application/json and text/event-stream."})
	}

	// 2. The handshake, which alone goes without a session.
	if first.Method == mcp.MethodInitialize && first.IsRequest() && !batch {
		return h.initialize(w, r, who, first)
	}

	// 3. The session, which is the person's own.
	if bad := checkRevision(r); bad != nil {
		return bad.write(w, r, first.ID)
	}
	of, bad := h.session(r.Context(), who, r.Header.Get(sessionHeader))
	if bad != nil {
		return bad.write(w, r, first.ID)
	}
	of.Begin()
	defer of.Done()
	c := h.conn(of)

	// 4. The message.
	if !first.IsRequest() {
		h.take(c, first)
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return h.call(w, r, c, who, first)
}

// take handles a message that wants no answer.
func (h *Handler) take(c *conn, m *mcp.Message) {
	if m.Method == mcp.NoteCancelled {
		c.cancel(mcp.ID(mcp.Member(m.Params, "requestId")))
	}
}

// call carries out a request and answers it.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, c *conn, who identity.Principal, m *mcp.Message) error {
	result, err, ok := h.local(r.Context(), c, m)
	if !ok {
		var res mcp.Result
		ctx, done := c.begin(r.Context(), m.ID)
		defer done()
		req := &mcp.Request{Method: m.Method, Params: m.Params, Client: c.session.Client()}
		res, err = h.Gateway.Call(ctx, who, req, mute{})
		result = res.Raw
	}
	if err != nil {
		return h.fail(w, r, m.ID, err)
	}
	return h.write(w, r, mcp.AppendResult(nil, m.ID, result))
}

// fail answers a request that failed, unless it wants a challenge.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, id mcp.ID, err error) error {
	if _, ok := errors.AsType[*identity.ScopeError](err); ok {
		return err
	}
	return refuse(w, r, http.StatusOK, id, mcp.Failure(err))
}

func (h *Handler) write(w http.ResponseWriter, _ *http.Request, body []byte) error {
	return httpx.WriteRaw(w, http.StatusOK, body)
}

// begin enters a request into the session, where the client can cancel it.
func (c *conn) begin(ctx context.Context, id mcp.ID) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.mu.Lock()
	c.running[id] = cancel
	c.mu.Unlock()
	return ctx, func() {
		c.mu.Lock()
		delete(c.running, id)
		c.mu.Unlock()
		cancel()
	}
}

func (c *conn) cancel(id mcp.ID) {
	c.mu.Lock()
	cancel := c.running[id]
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
