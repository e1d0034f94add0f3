package legacy

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

// wire is the client's end of an answer that may be a stream: it can be read
// while it is written, and cut.
type wire struct {
	cut  context.CancelFunc // the client goes away
	done chan struct{}      // closed when the handler has returned

	mu     sync.Mutex
	header http.Header
	status int
	body   bytes.Buffer
	broken bool
	err    error // what the handler returned
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = status
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return 0, errors.New("broken pipe")
	}
	return w.body.Write(b)
}

func (w *wire) Flush() {}

// disconnect breaks the connection.
func (w *wire) disconnect() {
	w.mu.Lock()
	w.broken = true
	w.mu.Unlock()
	w.cut()
	synctest.Wait()
}

func (w *wire) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// text is what has arrived.
func (w *wire) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body.String()
}

// frame is one event as a client reads it.
type frame struct{ id, name, data, retry string }

// frames are the events that have arrived.
func (w *wire) frames() []frame {
	var all []frame
	for block := range strings.SplitSeq(w.text(), "\n\n") {
		var f frame
		for line := range strings.Lines(block) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "id":
				f.id = value
			case "event":
				f.name = value
			case "data":
				f.data += value
			case "retry":
				f.retry = value
			}
		}
		if f != (frame{}) {
			all = append(all, f)
		}
	}
	return all
}

// messages are the events that have arrived and carry a message.
func (w *wire) messages() []string {
	var all []string
	for _, f := range w.frames() {
		if f.data != "" && f.name != "endpoint" {
			all = append(all, f.data)
		}
	}
	return all
}

// serve runs a handler for a client that stays connected, and returns when it
// waits or has ended.
func serve(t *testing.T, r *http.Request, handle func(http.ResponseWriter, *http.Request) error) *wire {
	t.Helper()
	ctx, cut := context.WithCancel(t.Context())
	w := &wire{cut: cut, done: make(chan struct{}), header: http.Header{}}
	go func() {
		defer close(w.done)
		w.err = handle(w, r.WithContext(ctx))
	}()
	t.Cleanup(func() {
		cut()
		<-w.done
	})
	synctest.Wait()
	return w
}

// send POSTs a message without waiting for the end of the answer.
func send(t *testing.T, h *Handler, who identity.Principal, id, body string, headers ...string) *wire {
	t.Helper()
	msgs, batch, err := mcp.DecodeBatch([]byte(body), mcp.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/mcp", nil)
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set(mcp.HeaderSession, id)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return serve(t, r, func(w http.ResponseWriter, r *http.Request) error {
		return h.Post(w, r, who, msgs, batch)
	})
}

// get opens a stream, going on after the event of that id if there is one.
func get(t *testing.T, h *Handler, who identity.Principal, id, lastEvent string) *wire {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set(mcp.HeaderSession, id)
	if lastEvent != "" {
		r.Header.Set(headerLastEvent, lastEvent)
	}
	return serve(t, r, func(w http.ResponseWriter, r *http.Request) error {
		return h.Get(w, r, who)
	})
}

// remove ends a session of alice's and returns the status.
func remove(t *testing.T, h *Handler, id string) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodDelete, "/mcp", nil)
	r.Header.Set(mcp.HeaderSession, id)
	w := httptest.NewRecorder()
	if err := h.Delete(w, r, alice); err != nil {
		t.Fatal(err)
	}
	return w.Code
}

// find returns alice's session of that id.
func find(t *testing.T, h *Handler, id string) *session.Session {
	t.Helper()
	of, err := h.Sessions.Find(t.Context(), alice.Subject, id)
	if err != nil {
		t.Fatal(err)
	}
	return of
}
