package gosdk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/internal/running"
	"gatehouse/mcp"
)

// wire is the transport between a session and the SDK. It carries messages as
// values: what one side writes the other reads, and nothing is parsed twice.
//
//	call, notify -> in -> Read -> the SDK
//	call         <- waiting <- Write <- its answer
//	the peer of a call      <- Write <- its notifications and questions
type wire struct {
	id   string
	in   chan jsonrpc.Message
	done chan struct{}
	shut func()

	// changed hears what the server says to nobody in particular.
	changed func(method string, params jsontext.Value)

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan *jsonrpc.Response
	running map[*running.Call]struct{}
}

func newWire(id string) *wire {
	w := &wire{
		id:      id,
		in:      make(chan jsonrpc.Message),
		done:    make(chan struct{}),
		waiting: make(map[int64]chan *jsonrpc.Response),
		running: make(map[*running.Call]struct{}),
	}
	w.shut = sync.OnceFunc(func() { close(w.done) })
	return w
}

// Connect implements the SDK's Transport.
func (w *wire) Connect(context.Context) (sdk.Connection, error) { return w, nil }

// SessionID implements the SDK's Connection.
func (w *wire) SessionID() string { return w.id }

// Close implements the SDK's Connection.
func (w *wire) Close() error {
	w.shut()
	return nil
}

// Read implements the SDK's Connection.
func (w *wire) Read(ctx context.Context) (jsonrpc.Message, error) {
	select {
	case m := <-w.in:
		return m, nil
	case <-w.done:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// send gives the SDK something to read.
func (w *wire) send(m jsonrpc.Message) error {
	select {
	case w.in <- m:
		return nil
	case <-w.done:
		return errClosed
	}
}

var errClosed = &mcp.Error{Code: mcp.CodeUnavailable, Message: "The backend is closing"}

// notify sends the server a notification.
func (w *wire) notify(method string, params jsontext.Value) error {
	return w.send(&jsonrpc.Request{Method: method, Params: []byte(params)})
}

// call sends the server a request and waits for its result.
func (w *wire) call(ctx context.Context, method string, params jsontext.Value, extra *sdk.RequestExtra) (jsontext.Value, error) {
	answer := make(chan *jsonrpc.Response, 1)
	w.mu.Lock()
	w.last++
	n := w.last
	w.waiting[n] = answer
	w.mu.Unlock()
	defer w.forget(n)

	id, err := jsonrpc.MakeID(float64(n))
	if err != nil {
		return nil, err
	}
	if err := w.send(&jsonrpc.Request{ID: id, Method: method, Params: []byte(params), Extra: extra}); err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.Error != nil {
			return nil, fromSDK(r.Error)
		}
		return jsontext.Value(r.Result), nil
	case <-ctx.Done():
		// The server is told, and whether it listens is up to it.
		_ = w.notify(mcp.NoteCancelled, fmt.Appendf(nil, `{"requestId":%d}`, n))
		return nil, ctx.Err()
	case <-w.done:
		return nil, errClosed
	}
}

func (w *wire) forget(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, n)
}

// Write implements the SDK's Connection. It never fails, for a failure would
// be taken for the end of the connection.
func (w *wire) Write(ctx context.Context, m jsonrpc.Message) error {
	switch m := m.(type) {
	case *jsonrpc.Response:
		w.answer(m)
	case *jsonrpc.Request:
		if m.IsCall() {
			w.question(ctx, m)
		} else {
			w.note(ctx, m)
		}
	}
	return nil
}

func (w *wire) answer(r *jsonrpc.Response) {
	n, ok := r.ID.Raw().(int64)
	if !ok {
		return
	}
	w.mu.Lock()
	answer := w.waiting[n]
	delete(w.waiting, n)
	w.mu.Unlock()
	if answer != nil {
		answer <- r
	}
}

// note passes a notification to the client whose call it belongs to.
func (w *wire) note(ctx context.Context, m *jsonrpc.Request) {
	params := jsontext.Value(m.Params)
	switch m.Method {
	case mcp.NoteCancelled: // of a question; its context has told the peer
		return
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged, mcp.NoteResourceUpdated:
		if w.changed != nil {
			w.changed(m.Method, params)
		}
		return
	}
	c := w.callFor(ctx, params)
	if c == nil {
		slog.DebugContext(ctx, "notification belongs to no call", "method", m.Method)
		return
	}
	if err := c.Peer.Notify(ctx, m.Method, params); err != nil {
		slog.DebugContext(ctx, "notification not delivered", "method", m.Method, "err", err)
	}
}

// question asks the client, and sends the SDK its answer.
func (w *wire) question(ctx context.Context, m *jsonrpc.Request) {
	go func() {
		r := &jsonrpc.Response{ID: m.ID}
		result, err := w.ask(ctx, m.Method, jsontext.Value(m.Params))
		if err != nil {
			r.Error = toSDK(err)
		} else {
			r.Result = []byte(result)
		}
		_ = w.send(r) // nobody waits if the wire is closed
	}()
}

func (w *wire) ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	if method == mcp.MethodPing {
		return jsontext.Value("{}"), nil
	}
	c := w.callFor(ctx, params)
	if c == nil {
		return nil, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The client can only be asked while it waits for a call"}
	}
	return c.Peer.Ask(ctx, method, params)
}

func (w *wire) enter(c *running.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[c] = struct{}{}
}

func (w *wire) leave(c *running.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, c)
}

// callFor finds the call that a message belongs to: the one in its context,
// else the one whose progress it tells of, else the only one there is. A call
// that is over gets nothing.
func (w *wire) callFor(ctx context.Context, params jsontext.Value) *running.Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := running.Of(ctx); c != nil {
		if _, ok := w.running[c]; ok {
			return c
		}
		return nil
	}
	if token := mcp.Member(params, mcp.MetaProgressToken); token != nil {
		for c := range w.running {
			if sameJSON(c.ProgressToken(), token) {
				return c
			}
		}
		return nil
	}
	if len(w.running) == 1 {
		for c := range w.running {
			return c
		}
	}
	return nil
}

// sameJSON compares scalars that may be written in different ways.
func sameJSON(a, b jsontext.Value) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x == y
}
