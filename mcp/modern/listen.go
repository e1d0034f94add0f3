package modern

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// defaultStreams is how many streams of changes a person may hold.
const defaultStreams = 32

// listen answers subscriptions/listen: a stream that first says which changes
// it will tell of, then tells of them until the client goes away, its token
// ends or the host shuts down.
func (h *Handler) listen(x *exchange) error {
	// 1. See what is wanted.
	wanted, err := wantedChanges(x.m.Params)
	if err != nil {
		return refuse(x.w, x.m.ID, err)
	}
	if !acceptsEvents(x.r) {
		return httpx.WriteRaw(x.w, http.StatusNotAcceptable, mcp.AppendError(nil, x.m.ID,
			&mcp.Error{Code: mcp.CodeInvalidRequest, Message: "Invalid Request: the client must accept text/event-stream"}))
	}

	// 2. Take one of the places of this person.
	if !h.held.take(x.who.Subject, h.streams()) {
		return refuse(x.w, x.m.ID, fault.New(fault.TooMany, "Too many streams are open for this account. Close one first."))
	}
	defer h.held.leave(x.who.Subject)

	// 3. Watch. What changes from here on waits in the queue.
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	queue := newQueue()
	client := x.meta.Client
	honoured, err := h.Gateway.Watch(ctx, x.who, &client, wanted, queue.add)
	if scope, ok := errors.AsType[*identity.ScopeError](err); ok {
		return scope
	}
	if err != nil {
		httpx.Note(ctx, err)
		return refuse(x.w, x.m.ID, err)
	}

	// 4. Tell.
	events, err := httpx.StartEvents(x.w, h.keepAlive())
	if err != nil {
		return nil // the client is gone
	}
	defer events.Close()
	s := stream{id: x.m.ID, events: events, honoured: honoured, closing: h.Closing}
	if end := x.who.Expires; !end.IsZero() {
		s.expired = time.After(time.Until(end))
	}
	if err := s.tell(ctx, queue); err == nil {
		s.end()
	}
	return nil
}

func wantedChanges(params jsontext.Value) (mcp.Changes, error) {
	var p struct {
		Notifications *mcp.Changes `json:"notifications"`
	}
	if err := json.Unmarshal(params, &p); err != nil || p.Notifications == nil {
		return mcp.Changes{}, mcp.InvalidParams("Invalid params: notifications must say what to listen for")
	}
	return *p.Notifications, nil
}

func (h *Handler) streams() int {
	if h.Streams > 0 {
		return h.Streams
	}
	return defaultStreams
}

// stream is one stream of changes.
type stream struct {
	id       mcp.ID
	events   *httpx.Events
	honoured mcp.Changes
	closing  <-chan struct{}
	expired  <-chan time.Time // nil if the token does not end
}

// tell acknowledges what is honoured and sends what comes through the queue,
// until nothing can come any more. It fails if the client is gone.
func (s *stream) tell(ctx context.Context, queue *queue) error {
	honoured, err := json.Marshal(s.honoured)
	if err != nil {
		return err
	}
	if err := s.send(mcp.NoteSubscriptionsAcked, mcp.WithMember(nil, "notifications", honoured)); err != nil {
		return err
	}
	if s.honoured.Empty() {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closing:
			return nil
		case <-s.expired:
			return nil // the client listens again, with a new token
		case <-queue.ready:
		}
		notes, all := queue.take()
		for _, n := range notes {
			if err := s.send(n.method, n.params); err != nil {
				return err
			}
		}
		if !all {
			return nil // the client listens again, and fetches what it may have missed
		}
	}
}

// send sends a notification that belongs to this stream and that the client
// wants.
func (s *stream) send(method string, params jsontext.Value) error {
	if !s.wants(method) {
		return nil
	}
	params = mcp.WithMeta(params, mcp.MetaSubscription, jsontext.Value(s.id))
	return s.events.Send(httpx.Event{Data: mcp.AppendRequest(nil, "", method, params)})
}

func (s *stream) wants(method string) bool {
	switch method {
	case mcp.NoteSubscriptionsAcked:
		return true
	case mcp.NoteToolsChanged:
		return s.honoured.Tools
	case mcp.NotePromptsChanged:
		return s.honoured.Prompts
	case mcp.NoteResourcesChanged:
		return s.honoured.Resources
	case mcp.NoteResourceUpdated:
		return len(s.honoured.URIs) > 0
	}
	return false
}

// end ends the stream in a way that tells the client it was not cut off.
func (s *stream) end() error {
	result := mcp.WithMeta(jsontext.Value(`{"resultType":"complete"}`), mcp.MetaSubscription, jsontext.Value(s.id))
	return s.events.Send(httpx.Event{Data: mcp.AppendResult(nil, s.id, result)})
}
