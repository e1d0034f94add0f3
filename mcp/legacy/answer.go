package legacy

import (
	"net/http"
	"sync"

	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// answer is the answer to one POST. It is plain JSON, unless something is to
// be said before the end, or the end is long in coming: then it is a stream.
type answer struct {
	h      *Handler
	c      *conn
	w      http.ResponseWriter
	accept accepts
	id     mcp.ID // of the request, if it is one

	mu       sync.Mutex
	stream   *stream // nil while the answer can still be plain
	events   *httpx.Events
	finished bool
	pending  [][]byte // results of a batch that are not written yet
}

// say sends a message that belongs to the requests of the POST. A client that
// takes no stream hears of it on the stream it opened by GET, if it did.
func (a *answer) say(data []byte) error {
	a.mu.Lock()
	if a.finished {
		a.mu.Unlock()
		return errNobody
	}
	s := a.stream
	if s == nil {
		s = a.begin()
	}
	a.mu.Unlock()
	if s != nil {
		return s.send(data)
	}
	if s := a.c.main; s.listening() {
		return s.send(data)
	}
	return errNobody
}

// slow begins the stream of an answer that takes long, for nobody on the way to
// think that the connection is dead.
func (a *answer) slow() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.finished && a.stream == nil {
		a.begin()
	}
}

// begin makes the answer a stream. It is nil if the client takes none. A
// connection that is gone already is no failure: the stream is for the client
// to come back to.
func (a *answer) begin() *stream {
	if !a.accept.events {
		return nil
	}
	a.stream = newStream(&a.h.replay, a.c.session.ID(), a.id)
	events, err := httpx.StartEvents(a.w, a.h.KeepAlive)
	if err == nil {
		a.events = events
		a.stream.attach(events, 0, a.c.session.Client().Revision)
	}
	for _, data := range a.pending {
		a.stream.send(data)
	}
	a.pending = nil
	return a.stream
}

// result takes one result of several.
func (a *answer) result(data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case data == nil:
	case a.stream != nil:
		a.stream.send(data)
	default:
		a.pending = append(a.pending, data)
	}
}

// end writes the last message, if there is one, and all of a plain answer.
// Nothing is written to the connection after it.
func (a *answer) end(data []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if something := data != nil || len(a.pending) > 0; something && a.stream == nil && !a.accept.json {
		a.begin()
	}
	a.finished = true
	if a.stream == nil {
		return a.plain(data)
	}
	if data != nil {
		a.stream.send(data)
	}
	a.stream.finish()
	if a.events != nil {
		a.events.Close()
	}
	return nil
}

// plain answers with JSON, or with nothing if there is nothing to say.
func (a *answer) plain(data []byte) error {
	if len(a.pending) > 0 {
		data = array(a.pending)
	}
	if data == nil {
		a.w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return httpx.WriteRaw(a.w, http.StatusOK, data)
}

// abandon leaves the answer to another, if nothing is written yet.
func (a *answer) abandon() (left bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stream != nil {
		return false
	}
	a.finished = true
	return true
}
