package legacy

import (
	"context"
	"net/http"
	"strings"
	"time"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

const (
	// scopeWait is how long the answer to a POST waits to see whether the
	// gateway refuses the request for want of a scope, which only this answer
	// can tell.
	scopeWait = 50 * time.Millisecond

	// maxRunning is how many requests of one session run at a time.
	maxRunning = 64
)

// Stream serves GET of the transport of 2024-11-05: one stream that is the
// session, and tells by its first event where to POST ("HTTP with SSE").
func (h *Handler) Stream(w http.ResponseWriter, r *http.Request, who identity.Principal) error {
	if bad := checkStream(r); bad != nil {
		return bad.write(w, r, "")
	}
	if bad := h.streams.enter(who.Subject, h.Streams); bad != nil {
		return bad.write(w, r, "")
	}
	defer h.streams.leave(who.Subject)

	events, err := httpx.StartEvents(w, h.KeepAlive)
	if err != nil {
		return err
	}
	defer events.Close()

	of := h.Sessions.Volatile(session.Record{
		Subject:  who.Subject,
		Resource: who.Resource,
		Revision: mcp.R20241105,
		LogLevel: firstLevel,
	})
	of.Begin()
	defer h.Sessions.End(context.WithoutCancel(r.Context()), of)
	c := h.conn(of)
	c.extend(who)

	endpoint := strings.TrimSuffix(r.URL.Path, "/") + "/message?sessionId=" + of.ID()
	if err := events.Send(httpx.Event{Name: "endpoint", Data: []byte(endpoint)}); err != nil {
		return err
	}
	return h.follow(r, c, who, c.main, events, 0)
}

// Message serves POST of the transport of 2024-11-05. What it answers comes on
// the stream, and can come later: msgs must not change afterwards.
func (h *Handler) Message(w http.ResponseWriter, r *http.Request, who identity.Principal, msgs []mcp.Message, batch bool) error {
	first := &msgs[0]
	of, bad := h.session(r.Context(), who, r.URL.Query().Get("sessionId"))
	if bad != nil {
		return bad.write(w, r, first.ID)
	}
	if !of.Volatile() {
		return noSession.write(w, r, first.ID) // it has no stream that answers could come on
	}
	of.Begin()
	defer of.Done()
	c := h.conn(of)
	c.extend(who)
	if batch {
		if bad := checkBatch(of.Client().Revision, msgs); bad != nil {
			return bad.write(w, r, "")
		}
	}

	post := &message{refused: make(chan error), answered: make(chan struct{})}
	defer close(post.answered)
	requests := 0
	for i := range msgs {
		m := &msgs[i]
		if !m.IsRequest() {
			h.take(r.Context(), c, who, m)
			continue
		}
		requests++
		go h.doOnStream(r.Context(), c, who, m, post)
	}
	if err := post.early(requests); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// message is a POST whose requests are answered elsewhere.
type message struct {
	refused  chan error    // takes, of each request, whether a scope is missing
	answered chan struct{} // closed when the POST itself is answered
}

// early returns the first refusal of n requests that comes soon.
func (p *message) early(n int) error {
	late := time.NewTimer(scopeWait)
	defer late.Stop()
	for range n {
		select {
		case err := <-p.refused:
			if err != nil {
				return err
			}
		case <-late.C:
			return nil
		}
	}
	return nil
}

// tell reports whether the refusal, or that there was none, came in time.
func (p *message) tell(refused error) bool {
	select {
	case p.refused <- refused:
		return true
	case <-p.answered:
		return false
	}
}

// doOnStream carries out a request and answers it on the session's stream. One
// that needs a further scope is answered by the POST, if that still can be.
func (h *Handler) doOnStream(request context.Context, c *conn, who identity.Principal, m *mcp.Message, post *message) {
	ctx, noted := httpx.Detach(request)
	answer, refused := h.doDetached(ctx, c, who, m)
	if failure := noted(); failure != nil {
		h.Log.InfoContext(ctx, "call failed", "id", httpx.RequestID(ctx), "err", failure)
	}
	if post.tell(refused) && refused != nil {
		return
	}
	if answer != nil {
		c.main.send(answer)
	}
}

func (h *Handler) doDetached(ctx context.Context, c *conn, who identity.Principal, m *mcp.Message) ([]byte, error) {
	if m.Method == mcp.MethodInitialize {
		return h.initializeStream(ctx, c, who, m)
	}
	if result, err, ok := h.local(ctx, c, m); ok {
		return respond(ctx, m.ID, result, err)
	}
	ctx, running := c.begin(ctx, m.ID)
	defer c.done(running)
	if c.crowded() {
		return respond(ctx, m.ID, nil, &mcp.Error{Code: mcp.CodeUnavailable, Message: "Too many requests of this session are running"})
	}
	result, err := h.call(ctx, c, who, m, c.main.send)
	return respond(ctx, m.ID, result, err)
}

// initializeStream is the handshake on a session that stands already.
func (h *Handler) initializeStream(ctx context.Context, c *conn, who identity.Principal, m *mcp.Message) ([]byte, error) {
	client, err := clientOf(m.Params)
	if err != nil {
		return respond(ctx, m.ID, nil, err)
	}
	about, err := h.Gateway.Describe(ctx, who)
	if err != nil {
		return respond(ctx, m.ID, nil, err)
	}
	h.Sessions.SetClient(c.session, client)
	return respond(ctx, m.ID, welcome(client.Revision, about), nil)
}

// crowded reports whether too much runs in the session.
func (c *conn) crowded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.running) > maxRunning
}
