package legacy

import (
	"net/http"
	"strings"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

const headerLastEvent = "Last-Event-Id"

// Get serves GET: the stream of what changes in the session, or with
// Last-Event-ID the rest of any stream of the session.
func (h *Handler) Get(w http.ResponseWriter, r *http.Request, who identity.Principal) error {
	// 1. The kind of answer, and the session.
	if bad := checkStream(r); bad != nil {
		return bad.write(w, r, "")
	}
	of, bad := h.session(r.Context(), who, r.Header.Get(mcp.HeaderSession))
	if bad != nil {
		return bad.write(w, r, "")
	}
	of.Begin()
	defer of.Done()
	c := h.conn(of)
	c.extend(who)

	// 2. Which stream, and from where.
	s, seq, lost := h.resumed(c, r.Header.Get(headerLastEvent))
	if lost != "" {
		return tellLost(w, lost)
	}
	if s == nil || s.complete(seq) {
		// No Content has a client ask no more (WHATWG HTML, section 9.2.3).
		w.WriteHeader(http.StatusNoContent)
		return nil
	}

	// 3. A place among the person's streams.
	if bad := h.streams.enter(who.Subject, h.Streams); bad != nil {
		return bad.write(w, r, "")
	}
	defer h.streams.leave(who.Subject)

	// 4. The stream itself.
	events, err := httpx.StartEvents(w, h.KeepAlive)
	if err != nil {
		return err
	}
	defer events.Close()
	return h.follow(r, c, who, s, events, seq)
}

// resumed finds the stream to go on with: that of the last event, or without
// one the session's own. It is nil if the event is of another session, or none.
// lost is the request that a stream answered which is no longer kept.
func (h *Handler) resumed(c *conn, lastEvent string) (s *stream, seq int64, lost mcp.ID) {
	if lastEvent == "" {
		return c.main, c.main.last(), ""
	}
	name, seq, ok := parseEventID(lastEvent)
	if !ok {
		return nil, 0, ""
	}
	if s := h.replay.find(name); s != nil {
		if s.owner != c.session.ID() {
			return nil, 0, ""
		}
		return s, seq, ""
	}
	if strings.HasPrefix(name, namePrefix(mainStream)) {
		return c.main, c.main.last(), "" // that of the process before; it goes on here
	}
	lost, _ = answeredBy(name)
	return nil, 0, lost
}

// tellLost answers for a stream that is no longer kept, as after a restart: its
// request will not be answered. Its client would else wait for ever.
func tellLost(w http.ResponseWriter, request mcp.ID) error {
	events, err := httpx.StartEvents(w, 0)
	if err != nil {
		return err
	}
	defer events.Close()
	return events.Send(httpx.Event{Name: "message", ID: noStream, Data: mcp.AppendError(nil, request, &mcp.Error{
		Code:    mcp.CodeUnavailable,
		Message: "The answer to this request is lost: the server was restarted, or the client was away for too long",
	})})
}

// Delete serves DELETE: the client ends its session.
func (h *Handler) Delete(w http.ResponseWriter, r *http.Request, who identity.Principal) error {
	of, bad := h.session(r.Context(), who, r.Header.Get(mcp.HeaderSession))
	if bad != nil {
		return bad.write(w, r, "")
	}
	if err := h.Sessions.End(r.Context(), of); err != nil {
		return refuse(w, r, httpx.Status(err), "", mcp.Failure(err))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
