package legacy

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// retryAfter is when a client whose stream ended should come back.
const retryAfter = time.Second

// maxEventID is how long the id of an event may be. A stream whose id would be
// longer does not tell which request it answers.
const maxEventID = 256

var errNobody = errors.New("no client listens")

// stream is a row of messages to the client. It is not the same as a
// connection: one can break and another go on with the stream.
type stream struct {
	replay *replay
	name   string // in the ids of events
	owner  string // id of its session

	kept     []event // guarded by replay.mu
	finished bool    // guarded by replay.mu

	mu    sync.Mutex
	seq   int64
	done  bool
	sinks []*sink // the newest is last
}

// sink is one connection that a stream goes to.
type sink struct {
	events *httpx.Events
	gone   chan struct{} // closed when nothing more comes this way
}

// mainStream stands in the place of a request's id for the stream that a
// client opens by GET.
const mainStream mcp.ID = "main"

// newStream returns a stream of the session. Its name begins with the id of
// the request that it answers; mainStream is the session's own.
func newStream(p *replay, owner string, answers mcp.ID) *stream {
	s := &stream{replay: p, name: namePrefix(answers) + rand.Text(), owner: owner}
	p.enter(s)
	return s
}

func namePrefix(answers mcp.ID) string {
	text := base64.StdEncoding.EncodeToString([]byte(answers))
	if len(text) > maxEventID/2 {
		text = ""
	}
	return text + "-"
}

// noStream is the id of an event after which there are no others: who comes
// back with it is told so.
const noStream = "-.0"

// answeredBy returns the id of the request that a stream of that name answers.
func answeredBy(name string) (mcp.ID, bool) {
	text, _, ok := strings.Cut(name, "-")
	raw, err := base64.StdEncoding.DecodeString(text)
	id := jsontext.Value(raw)
	if kind := id.Kind(); !ok || err != nil || !id.IsValid() || kind != '"' && kind != '0' {
		return "", false
	}
	return mcp.ID(id), true
}

// eventID is the id of an event: unique in the whole process, so that it tells
// which stream to go on with (2025-11-25, transports, "Resumability and
// Redelivery").
func (s *stream) eventID(seq int64) string {
	return s.name + "." + strconv.FormatInt(seq, 36)
}

// parseEventID reads what eventID wrote.
func parseEventID(id string) (name string, seq int64, ok bool) {
	name, text, ok := strings.Cut(id, ".")
	seq, err := strconv.ParseInt(text, 36, 64)
	return name, seq, ok && err == nil && seq >= 0 && len(id) <= maxEventID
}

// send sends a message to the newest connection that takes it. If there is
// none, it is kept for a client that comes back.
func (s *stream) send(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return errNobody
	}
	s.seq++
	s.replay.add(s, event{s.seq, data})
	for len(s.sinks) > 0 {
		last := len(s.sinks) - 1
		if s.sinks[last].events.Send(httpx.Event{Name: "message", ID: s.eventID(s.seq), Data: data}) == nil {
			return nil
		}
		close(s.sinks[last].gone)
		s.sinks = s.sinks[:last]
	}
	return nil
}

// attach has the stream go to the connection, beginning after the event seq.
// Clients of 2025-11-25 first get an empty event, to have an id to come back
// with whatever happens.
func (s *stream) attach(to *httpx.Events, seq int64, revision mcp.Revision) (*sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.replay.after(s, seq) {
		if err := to.Send(httpx.Event{Name: "message", ID: s.eventID(e.seq), Data: e.data}); err != nil {
			return nil, err
		}
	}
	k := &sink{events: to, gone: make(chan struct{})}
	if s.done {
		close(k.gone)
		return k, nil
	}
	if revision >= mcp.R20251125 {
		s.seq++
		if err := to.Send(httpx.Event{ID: s.eventID(s.seq), Retry: retryAfter}); err != nil {
			return nil, err
		}
	}
	s.sinks = append(s.sinks, k)
	return k, nil
}

// detach takes the connection away, and reports whether it was the last.
func (s *stream) detach(k *sink) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sinks = slices.DeleteFunc(s.sinks, func(other *sink) bool { return other == k })
	return len(s.sinks) == 0
}

// last returns the number of the last event.
func (s *stream) last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// listening reports whether a connection is there.
func (s *stream) listening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sinks) > 0
}

// finish ends the stream: all its messages are sent.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return
	}
	s.done = true
	for _, k := range s.sinks {
		close(k.gone)
	}
	s.sinks = nil
	s.replay.finish(s)
}

// complete reports whether the client that has the event seq has all there is
// and will be.
func (s *stream) complete(seq int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done && len(s.replay.after(s, seq)) == 0
}
