package wire

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"

	"gatehouse/internal/events"
	"gatehouse/internal/retry"
	"gatehouse/mcp"
)

// Follow implements [Channel]: by GET, as the revisions with sessions have it.
func (h *Stream) Follow() (<-chan struct{}, error) {
	res, err := h.get(h.Context, "")
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	h.Work.Go(func() {
		defer close(gone)
		h.keepHearing(res)
	})
	return gone, nil
}

// get opens a stream, or goes on with one after an event of it.
func (h *Stream) get(ctx context.Context, lastEvent string) (*http.Response, error) {
	header := h.headers(nil)
	header["Accept"] = valueEvents
	if lastEvent != "" {
		header["Last-Event-Id"] = []string{lastEvent}
	}
	res, err := h.to.do(ctx, http.MethodGet, header, nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK && kindOf(res) == typeEvents {
		return res, nil
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusMethodNotAllowed, res.StatusCode < http.StatusBadRequest:
		return nil, ErrNoStream
	case lastEvent != "" && res.StatusCode == http.StatusNotFound:
		return nil, ErrGone
	}
	return nil, refusal(res)
}

// keepHearing reads the stream and those that go on with it.
func (h *Stream) keepHearing(res *http.Response) {
	var last string
	for pace := (retry.Pace{}); ; {
		from := &events.Reader{From: res.Body, Most: h.to.most, LastID: last}
		if h.readAll(from); from.Begun() {
			pace = retry.Pace{}
		}
		res.Body.Close()
		last = from.LastID
		for {
			if !retry.Sleep(h.Context, max(from.Retry, pace.Next())) {
				return
			}
			var err error
			if res, err = h.get(h.Context, last); err == nil {
				if last == "" { // else the server goes on after that
					h.Session.Missed()
				}
				break
			}
			if _, refused := errors.AsType[*Refusal](err); refused || errors.Is(err, ErrNoStream) || errors.Is(err, ErrGone) {
				return
			}
		}
	}
}

// readAll passes on what comes until the stream ends.
func (h *Stream) readAll(from *events.Reader) {
	for m := range messagesOf(from) {
		if m.IsResponse() {
			continue
		}
		if r := h.Session.Hear(m); r != nil {
			r.Caller.Tell(m)
		}
	}
}

// messagesOf are the messages of a stream, up to its end. An event that cannot
// be read is left out.
func messagesOf(from *events.Reader) iter.Seq[*mcp.Message] {
	return func(yield func(*mcp.Message) bool) {
		for {
			ev, err := from.Next()
			if err != nil {
				return
			}
			messages, err := decode(ev.Data)
			if err != nil {
				continue
			}
			for i := range messages {
				if !yield(&messages[i]) {
					return
				}
			}
		}
	}
}

// maxResumes is how often a stream is gone on with that brings nothing.
const maxResumes = 5

// resume goes on with a stream that broke off before the answer, where its
// server left off (2025-11-25, transports, "Resumability and Redelivery").
func (h *Stream) resume(ctx context.Context, r *Request, from *events.Reader) (mcp.Message, error) {
	pace := retry.Pace{}
	for tries := 0; tries < maxResumes; tries++ {
		if !retry.Sleep(ctx, max(from.Retry, pace.Next())) {
			return mcp.Message{}, context.Cause(ctx)
		}
		res, err := h.get(ctx, from.LastID)
		if errors.Is(err, ErrGone) || errors.Is(err, ErrNoStream) {
			break
		}
		if err != nil {
			continue
		}
		next := h.events(res.Body)
		next.LastID, next.Retry = from.LastID, from.Retry
		m, err := h.readUntil(r, next)
		if err == nil {
			drain(res.Body)
		}
		res.Body.Close()
		if err == nil || !brokenOff(err) {
			return m, err
		}
		if next.LastID != from.LastID {
			tries = 0
		}
		from = next
	}
	return mcp.Message{}, Nonsense("the stream ended without the answer: %w", io.ErrUnexpectedEOF)
}
