package wire

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// Stream is the channel of streamable HTTP: each message is a POST, whose
// answer is JSON or a stream. Without a session it also serves 2026-07-28.
type Stream struct {
	Env
	to *Endpoint

	id       []string // what Mcp-Session-Id says; nil if there is none
	modern   bool
	revision []string // what the header says of it; nil if it says nothing
}

// closeTime is how long the server may take to hear that a session is over.
const closeTime = 2 * time.Second

// NewStream returns a channel to an endpoint. It sends nothing yet.
func NewStream(env Env, to *Endpoint) *Stream { return &Stream{Env: env, to: to} }

// HasID reports whether the server has given the session an id. One that keeps
// no sessions gives none.
func (h *Stream) HasID() bool { return h.id != nil }

// Speak implements [Channel].
func (h *Stream) Speak(revision mcp.Revision) {
	h.modern, h.revision = revision.Modern(), nil
	if revision >= mcp.R20250618 {
		h.revision = []string{string(revision)}
	}
}

// Do implements [Channel].
func (h *Stream) Do(ctx context.Context, r *Request) (mcp.Message, error) {
	res, err := h.to.post(ctx, h.headers(r), r.body.of(r.Message))
	if err != nil {
		return mcp.Message{}, err
	}
	defer res.Body.Close()
	return h.answer(ctx, r, res)
}

// headers are those of one message, or of a request if r is not nil.
func (h *Stream) headers(r *Request) http.Header {
	header := h.to.headers(6) // with those of post: few make a small map
	if h.id != nil {
		header[mcp.HeaderSession] = h.id
	}
	if h.revision != nil {
		header[mcp.HeaderRevision] = h.revision
	}
	if r == nil || !h.modern {
		return header
	}
	r.values = [2]string{r.Method, mcp.EncodeHeader(r.Name)}
	header[mcp.HeaderMethod] = r.values[:1:1]
	if r.Name != "" {
		header[mcp.HeaderName] = r.values[1:]
	}
	maps.Copy(header, r.Args)
	return header
}

// answer reads the answer to a request.
func (h *Stream) answer(ctx context.Context, r *Request, res *http.Response) (mcp.Message, error) {
	if r.Method == mcp.MethodInitialize && res.StatusCode == http.StatusOK {
		if id := res.Header.Get(mcp.HeaderSession); id != "" {
			h.id = []string{id}
		}
	}
	switch kind := kindOf(res); {
	case res.StatusCode != http.StatusOK:
		return mcp.Message{}, h.refused(res)
	case kind == typeJSON:
		body, err := readBody(res, h.to.most)
		if err != nil {
			return mcp.Message{}, err
		}
		return h.whole(r, body)
	case kind == typeEvents:
		return h.read(ctx, r, res)
	default:
		return mcp.Message{}, Nonsense("the answer is of type %q", kind)
	}
}

// whole reads an answer that is JSON.
func (h *Stream) whole(r *Request, body []byte) (mcp.Message, error) {
	if m, err := mcp.Decode(body); err == nil && m.Answers(r.ID) {
		return m, nil // as nearly always
	}
	messages, err := decode(body)
	if err != nil {
		return mcp.Message{}, err
	}
	for i := range messages {
		m := &messages[i]
		if m.Answers(r.ID) || m.IsResponse() && m.ID == "" && m.Error != nil {
			return *m, nil
		}
		h.hear(r, m)
	}
	return mcp.Message{}, Nonsense("the answer has another id")
}

// read reads an answer that is a stream. One that breaks off before the answer
// may be gone on with where it ended, if its server says how.
func (h *Stream) read(ctx context.Context, r *Request, res *http.Response) (mcp.Message, error) {
	from := h.events(res.Body)
	m, err := h.readUntil(r, from)
	if err == nil {
		drain(res.Body)
		return m, nil
	}
	if h.modern || from.LastID == "" || !brokenOff(err) {
		return m, err
	}
	return h.resume(ctx, r, from)
}

// streamFactor is how many times the size of a message a stream may have that
// answers one request.
const streamFactor = 8

func (h *Stream) events(body io.Reader) *events.Reader {
	return &events.Reader{From: body, Most: h.to.most, Total: int64(h.to.most) * streamFactor}
}

// readUntil passes on what comes until the answer comes.
func (h *Stream) readUntil(r *Request, from *events.Reader) (mcp.Message, error) {
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
			if messages[i].Answers(r.ID) {
				return messages[i], nil
			}
			h.hear(r, &messages[i])
		}
	}
}

// hear takes a message that came with the answer to a request. Answers to
// others are none, and a modern server has no questions.
func (h *Stream) hear(r *Request, m *mcp.Message) {
	if m.IsNotification() || m.IsRequest() && !h.modern {
		r.Caller.Hear(m)
	}
}

// brokenOff reports whether a stream ended without being wrong.
func brokenOff(err error) bool {
	return !errors.Is(err, ErrNonsense) && !errors.Is(err, ErrTooLarge)
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
func (h *Stream) refused(res *http.Response) error {
	e := refusal(res)
	if h.id != nil && e.endsSession() {
		return ErrGone
	}
	if h.modern && e.Message != nil && !e.RefusesUs() {
		return e.Message // with a status of its own
	}
	return e
}

// Send implements [Channel].
func (h *Stream) Send(ctx context.Context, message []byte) error {
	var r *Request
	if m, err := mcp.Decode(message); err == nil && m.IsNotification() {
		r = &Request{Method: m.Method} // which a modern server wants to see in a header
	}
	res, err := h.to.post(ctx, h.headers(r), new(content).of(message))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusMultipleChoices {
		return h.refused(res)
	}
	return nil
}

// Close implements [Channel]. Not every server lets sessions be ended.
func (h *Stream) Close() {
	if h.id == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if res, err := h.to.do(ctx, http.MethodDelete, h.headers(nil), nil); err == nil {
		res.Body.Close()
	}
}
