package client

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"time"

	"gatehouse/internal/events"
	"gatehouse/mcp"
)

// get is the stream on which a server of an older revision says what belongs
// to no call.
type get struct {
	ready chan struct{} // closed when it stands, or err does
	gone  <-chan struct{}
	err   error
}

// errNoStream says that the server offers no such stream.
var errNoStream = errors.New("the server has no stream for what belongs to no call")

// hearAll has the server say everything. It returns once that stands; gone is
// closed when nothing can be heard any more.
func (ss *session) hearAll(ctx context.Context) (gone <-chan struct{}, err error) {
	g := ss.ear()
	select {
	case <-g.ready:
		return g.gone, g.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// ear returns the stream that there is, or begins one.
func (ss *session) ear() *get {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if g := ss.get; g != nil && !g.over() {
		return g
	}
	g := &get{ready: make(chan struct{})}
	ss.get = g
	ss.server.work.Go(func() {
		defer close(g.ready)
		g.gone, g.err = ss.channel.stream(ss.ctx)
	})
	return g
}

// over reports whether another stream may be better than this one.
func (g *get) over() bool {
	select {
	case <-g.ready:
	default:
		return false
	}
	if g.err != nil {
		return !errors.Is(g.err, errNoStream)
	}
	select {
	case <-g.gone:
		return true
	default:
		return false
	}
}

// stream implements [channel].
func (h *stream) stream(ctx context.Context) (<-chan struct{}, error) {
	r, err := h.get(ctx, "")
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	h.session.server.work.Go(func() {
		defer close(gone)
		h.keepHearing(ctx, r)
	})
	return gone, nil
}

// get opens a stream, or goes on with one after an event of it.
func (h *stream) get(ctx context.Context, lastEvent string) (*http.Response, error) {
	header := h.headers(nil)
	header["Accept"] = valueEvents
	if lastEvent != "" {
		header["Last-Event-Id"] = []string{lastEvent}
	}
	r, err := h.at.do(ctx, http.MethodGet, header, nil)
	if err != nil {
		return nil, err
	}
	if r.StatusCode == http.StatusOK && kindOf(r) == typeEvents {
		return r, nil
	}
	defer r.Body.Close()
	switch {
	case r.StatusCode == http.StatusMethodNotAllowed, r.StatusCode < http.StatusBadRequest:
		return nil, errNoStream
	case lastEvent != "" && r.StatusCode == http.StatusNotFound:
		return nil, errGone
	}
	return nil, refusal(r)
}

// keepHearing reads the stream and those that go on with it.
func (h *stream) keepHearing(ctx context.Context, r *http.Response) {
	var last string
	for wait := (backoff{}); ; {
		from := &events.Reader{From: r.Body, Most: h.at.most, LastID: last}
		if h.readAll(from); from.Begun() {
			wait = backoff{}
		}
		r.Body.Close()
		last = from.LastID
		for {
			if !sleep(ctx, max(from.Retry, wait.next())) {
				return
			}
			var err error
			if r, err = h.get(ctx, last); err == nil {
				if last == "" { // else the server goes on after that
					h.session.missed()
				}
				break
			}
			if _, refused := errors.AsType[*statusError](err); refused || errors.Is(err, errNoStream) || errors.Is(err, errGone) {
				return
			}
		}
	}
}

// readAll passes on what comes until the stream ends. What cannot be read is
// left out.
func (h *stream) readAll(from *events.Reader) {
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
			if m := &messages[i]; !m.IsResponse() {
				h.session.hear(nil, m)
			}
		}
	}
}

// maxResumes is how often a stream is gone on with that brings nothing.
const maxResumes = 5

// resume goes on with a stream that broke off before the answer, where its
// server left off (2025-11-25, transports, "Resumability and Redelivery").
func (h *stream) resume(ctx context.Context, c *call, from *events.Reader) (mcp.Message, error) {
	wait := backoff{}
	for tries := 0; tries < maxResumes; tries++ {
		if !sleep(ctx, max(from.Retry, wait.next())) {
			return mcp.Message{}, context.Cause(ctx)
		}
		r, err := h.get(ctx, from.LastID)
		if errors.Is(err, errGone) || errors.Is(err, errNoStream) {
			break
		}
		if err != nil {
			continue
		}
		next := h.events(r.Body)
		next.LastID, next.Retry = from.LastID, from.Retry
		m, err := h.readUntil(c, next)
		if err == nil {
			drain(r.Body)
		}
		r.Body.Close()
		if err == nil || !brokenOff(err) {
			return m, err
		}
		if next.LastID != from.LastID {
			tries = 0
		}
		from = next
	}
	return mcp.Message{}, nonsense("the stream ended without the answer: %w", io.ErrUnexpectedEOF)
}

// backoff is how long to wait before another try: longer each time, and never
// the same for all who wait.
type backoff struct{ tries int }

const (
	firstWait = 200 * time.Millisecond
	mostWait  = 30 * time.Second
)

func (b *backoff) next() time.Duration {
	d := min(firstWait<<min(b.tries, 16), mostWait)
	b.tries++
	return d/2 + jitter(d/2)
}

// jitter is a random part of d.
func jitter(d time.Duration) time.Duration {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return time.Duration(binary.LittleEndian.Uint64(b[:]) % uint64(d+1))
}

// sleep waits, and reports whether ctx still goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
