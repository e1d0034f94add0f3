package legacy

import (
	"context"
	"net/http"
	"time"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Post serves POST: one message, or a batch of them.
func (h *Handler) Post(w http.ResponseWriter, r *http.Request, who identity.Principal, msgs []mcp.Message, batch bool) error {
	first := &msgs[0]

	// 1. The kind of answer.
	accept, bad := checkAnswer(r)
	if bad != nil {
		return bad.write(w, r, first.ID)
	}

	// 2. The handshake, which alone goes without a session.
	if first.Method == mcp.MethodInitialize && first.IsRequest() && !batch {
		return h.initialize(w, r, accept, who, first)
	}

	// 3. The session, which is the person's own.
	if bad := checkRevision(r); bad != nil {
		return bad.write(w, r, first.ID)
	}
	of, bad := h.session(r.Context(), who, r.Header.Get(mcp.HeaderSession))
	if bad != nil {
		return bad.write(w, r, first.ID)
	}
	of.Begin()
	defer of.Done()
	c := h.conn(of)
	c.extend(who)

	// 4. What is in it.
	if batch {
		if bad := checkBatch(of.Client().Revision, msgs); bad != nil {
			return bad.write(w, r, "")
		}
		return h.batch(w, r, accept, c, who, msgs)
	}
	if !first.IsRequest() {
		h.take(r.Context(), c, who, first)
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return h.single(w, r, accept, c, who, first)
}

// noteTime is how long those below may take to hear of a notification.
const noteTime = 5 * time.Second

// take handles a message that wants no answer. What does not concern the
// session alone is for those below.
func (h *Handler) take(ctx context.Context, c *conn, who identity.Principal, m *mcp.Message) {
	switch {
	case m.IsResponse():
		c.answered(m)
	case m.Method == mcp.NoteCancelled:
		c.cancel(mcp.ID(mcp.Member(m.Params, "requestId")))
	case m.Method != mcp.NoteInitialized && mcp.IsNotificationMethod(m.Method):
		ctx, cancel := context.WithTimeout(ctx, noteTime)
		defer cancel()
		req := &mcp.Request{Method: m.Method, Params: m.Params, Client: c.session.Client()}
		if _, err := h.Gateway.Call(ctx, who, req, &peer{ctx: ctx, c: c, send: c.main.send}); err != nil {
			h.Log.DebugContext(ctx, "notification not delivered", "method", m.Method, "err", err)
		}
	}
}

// single carries out a request and answers it.
func (h *Handler) single(w http.ResponseWriter, r *http.Request, accept accepts, c *conn, who identity.Principal, m *mcp.Message) error {
	a := &answer{h: h, c: c, w: w, accept: accept, id: m.ID}
	message, err := h.do(r.Context(), c, who, m, a)
	if err != nil && a.abandon() {
		return err
	}
	return a.end(message)
}
