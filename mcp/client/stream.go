package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// stream is the channel of streamable HTTP: each message is a POST, whose
// answer is JSON or a stream. Without a session it also serves 2026-07-28.
type stream struct {
	session *session
	at      *endpoint
	id      string // Mcp-Session-Id, or empty
}

// closeTime is how long the server may take to hear that a session is over.
const closeTime = 2 * time.Second

// openModern asks a server whether it is a modern one.
func (s *Server) openModern(ctx context.Context, ss *session) error {
	ss.channel = &stream{session: ss, at: s.http}
	return ss.discover(ctx)
}

// openStream opens a session by initialize.
func (s *Server) openStream(ctx context.Context, ss *session) error {
	ss.channel = &stream{session: ss, at: s.http}
	if err := ss.initialize(ctx); err != nil {
		return err
	}
	if ss.canBeAsked() && !ss.shared {
		ss.server.work.Go(func() { _, _ = ss.hearAll(ss.ctx) })
	}
	return nil
}

// withoutID reports whether the server has opened a session that has no id, as
// one does that keeps none.
func (ss *session) withoutID() bool {
	h, ok := ss.channel.(*stream)
	return ok && !ss.modern && h.id == ""
}

// do implements [channel].
func (h *stream) do(ctx context.Context, c *call) (mcp.Message, error) {
	r, err := h.at.post(ctx, h.headers(c), c.message)
	if err != nil {
		h.cancelled(ctx, c)
		return mcp.Message{}, err
	}
	defer r.Body.Close()
	m, err := h.answer(ctx, c, r)
	if err != nil {
		h.cancelled(ctx, c)
	}
	return m, err
}

// headers are those of one message, or of a request if c is not nil.
func (h *stream) headers(c *call) http.Header {
	header := h.at.headers(8)
	values := make([]string, 0, 3)
	set := func(name, value string) {
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	if h.id != "" {
		set(mcp.HeaderSession, h.id)
	}
	if said := h.session.about.header; said != nil {
		header[mcp.HeaderRevision] = said
	}
	if c == nil || !h.session.modern {
		return header
	}
	set(mcp.HeaderMethod, c.method)
	if c.name != "" {
		set(mcp.HeaderName, mcp.EncodeHeader(c.name))
	}
	for _, arg := range c.args {
		if value, ok := argument(arg, c.params); ok {
			header[arg.Header] = []string{value}
		}
	}
	return header
}

// answer reads the answer to the request of a call.
func (h *stream) answer(ctx context.Context, c *call, r *http.Response) (mcp.Message, error) {
	if c.method == mcp.MethodInitialize && r.StatusCode == http.StatusOK {
		h.id = r.Header.Get(mcp.HeaderSession)
	}
	switch kind := kindOf(r); {
	case r.StatusCode != http.StatusOK:
		return mcp.Message{}, h.refused(r)
	case kind == typeJSON:
		body, err := readBody(r, h.at.most)
		if err != nil {
			return mcp.Message{}, err
		}
		return h.whole(c, body)
	case kind == typeEvents:
		return h.follow(ctx, c, r)
	default:
		return mcp.Message{}, nonsense("the answer is of type %q", kind)
	}
}

// whole reads an answer that is JSON.
func (h *stream) whole(c *call, body []byte) (mcp.Message, error) {
	if m, err := mcp.Decode(body); err == nil && answers(&m, c.id) {
		return m, nil // as nearly always
	}
	messages, err := decode(body)
	if err != nil {
		return mcp.Message{}, err
	}
	for i := range messages {
		m := &messages[i]
		if answers(m, c.id) || m.IsResponse() && m.ID == "" && m.Error != nil {
			return *m, nil
		}
		h.hear(c, m)
	}
	return mcp.Message{}, nonsense("the answer has another id")
}

// follow reads an answer that is a stream. One that breaks off before the
// answer may be gone on with where it ended, if its server says how.
func (h *stream) follow(ctx context.Context, c *call, r *http.Response) (mcp.Message, error) {
	from := h.events(r.Body)
	m, err := h.readUntil(c, from)
	if err == nil {
		drain(r.Body)
		return m, nil
	}
	if h.session.modern || from.LastID == "" || !brokenOff(err) {
		return m, err
	}
	return h.resume(ctx, c, from)
}

// streamFactor is how many times the size of a message a stream may have that
// answers one request.
const streamFactor = 8

func (h *stream) events(body io.Reader) *events.Reader {
	return &events.Reader{From: body, Most: h.at.most, Total: int64(h.at.most) * streamFactor}
}

// readUntil passes on what comes until the answer comes.
func (h *stream) readUntil(c *call, from *events.Reader) (mcp.Message, error) {
	for {
		ev, err := from.Next()
		if err != nil {
			return mcp.Message{}, err
		}
		if len(ev.Data) == 0 {
			continue // only says where to go on
		}
		messages, err := decode(ev.Data)
		if err != nil {
			return mcp.Message{}, err
		}
		for i := range messages {
			if answers(&messages[i], c.id) {
				return messages[i], nil
			}
			h.hear(c, &messages[i])
		}
	}
}

// hear takes a message that came with the answer to a call. Answers to others
// are none, and a modern server has no questions.
func (h *stream) hear(c *call, m *mcp.Message) {
	if m.IsNotification() || m.IsRequest() && !h.session.modern {
		h.session.hear(c, m)
	}
}

// brokenOff reports whether a stream ended without being wrong.
func brokenOff(err error) bool {
	return !errors.Is(err, errNonsense) && !errors.Is(err, errTooLarge)
}

// drainTime is how long the end of a stream may take after its answer, for its
// connection to be used again.
const drainTime = 20 * time.Millisecond

// drain reads the end of a stream, which comes at once from most servers.
func drain(body io.ReadCloser) {
	late := time.AfterFunc(drainTime, func() { body.Close() })
	defer late.Stop()
	var rest [64]byte
	_, _ = body.Read(rest[:])
}

// refused makes an error of an answer that refuses a message.
func (h *stream) refused(r *http.Response) error {
	e := refusal(r)
	if h.id != "" && e.endsSession() {
		return errGone
	}
	if h.session.modern && e.message != nil && !e.refusesUs() {
		return e.message // with a status of its own
	}
	return e
}

// cancelled tells a server of an older revision that a call whose ctx has
// ended is not wanted any more. A modern one sees it by the connection.
func (h *stream) cancelled(ctx context.Context, c *call) {
	if ctx.Err() == nil || h.session.modern || c.method == mcp.MethodInitialize {
		return
	}
	h.session.server.work.Go(func() { h.session.reply(cancellation(c.id)) })
}

func cancellation(id mcp.ID) []byte {
	return mcp.AppendRequest(nil, "", mcp.NoteCancelled, jsontext.Value(`{"requestId":`+string(id)+`}`))
}

// send implements [channel].
func (h *stream) send(ctx context.Context, message []byte) error {
	var c *call
	if m, err := mcp.Decode(message); err == nil && m.IsNotification() {
		c = &call{method: m.Method} // which a modern server wants to see in a header
	}
	r, err := h.at.post(ctx, h.headers(c), message)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode >= http.StatusMultipleChoices {
		return h.refused(r)
	}
	return nil
}

// close implements [channel]. Not every server lets sessions be ended.
func (h *stream) close() {
	if h.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if r, err := h.at.do(ctx, http.MethodDelete, h.headers(nil), nil); err == nil {
		r.Body.Close()
	}
}
