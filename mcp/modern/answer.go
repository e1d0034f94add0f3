package modern

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

const defaultKeepAlive = 15 * time.Second

func (h *Handler) keepAlive() time.Duration { return cmp.Or(h.KeepAlive, defaultKeepAlive) }

// answer is the way back of one request, and the [mcp.Peer] of its call: one
// JSON body, or a stream of events that begins when there is something to say
// before the end.
type answer struct {
	w         http.ResponseWriter
	keepAlive time.Duration
	client    mcp.Client
	request   mcp.Request
	progress  jsontext.Value // the token, if the client wants progress
	streams   bool           // the client takes a stream

	mu     sync.Mutex
	events *httpx.Events // nil while the answer has not begun
	over   bool
}

// slow begins the stream of an answer that takes long: then keep-alive comments
// flow, and a client that goes away is noticed.
func (a *answer) slow() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begin()
}

// begin begins the stream, unless it has begun. The caller holds the lock.
func (a *answer) begin() error {
	if a.over {
		return fault.New(fault.Unavailable, "The request is over.")
	}
	if a.events != nil {
		return nil
	}
	events, err := httpx.StartEvents(a.w, a.keepAlive)
	if err != nil {
		a.over = true // the client is gone
		return err
	}
	a.events = events
	return nil
}

// Notify sends the client a notification that it wants to see; others are
// dropped.
func (a *answer) Notify(_ context.Context, method string, params jsontext.Value) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.over && !a.wants(method, params) {
		return nil
	}
	if err := a.begin(); err != nil {
		return err
	}
	return a.events.Send(httpx.Event{Data: mcp.AppendRequest(nil, "", method, params)})
}

// wants reports whether a notification may stand on the stream of a request:
// progress and logs if asked for, but not what belongs to a stream of changes.
func (a *answer) wants(method string, params jsontext.Value) bool {
	switch method {
	case mcp.NoteProgress:
		return a.streams && mcp.SameToken(mcp.Member(params, mcp.MetaProgressToken), a.progress)
	case mcp.NoteMessage:
		return a.streams && mcp.LevelReaches(mcp.StringMember(params, "level"), a.client.LogLevel)
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged, mcp.NoteResourceUpdated:
		return false
	}
	return a.streams && mcp.IsNotificationMethod(method)
}

// Ask fails: this revision has no requests from server to client.
func (a *answer) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}

// end writes the answer itself. The status counts if no stream has begun.
func (a *answer) end(status int, body []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return nil // the client is gone
	}
	a.over = true
	if a.events != nil {
		return a.events.Send(httpx.Event{Data: body})
	}
	return httpx.WriteRaw(a.w, status, body)
}

// abandon ends the answer without a word, if none was said. It reports whether
// somebody else can answer now.
func (a *answer) abandon() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.events != nil || a.over {
		return false
	}
	a.over = true
	return true
}

// close lets go of the response, which nobody may write to after the handler.
func (a *answer) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if a.events != nil {
		a.events.Close()
	}
}
