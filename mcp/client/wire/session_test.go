package wire

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gatehouse/mcp"
)

// desk is a session, and who calls on it: it writes down what it hears.
type desk struct {
	work sync.WaitGroup

	mu     sync.Mutex
	said   []string
	of     *Request // to be told of what came on no request's own stream
	ended  int
	missed int
}

func (d *desk) note(how string, m *mcp.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, how+" "+m.Method+string(m.ID))
}

func (d *desk) Hear(m *mcp.Message) *Request {
	d.note("hears", m)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of
}

func (d *desk) Missed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed++
}

func (d *desk) Cancel(id mcp.ID) { d.note("cancels", &mcp.Message{ID: id}) }

func (d *desk) Ended() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended++
}

func (d *desk) heard() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.said, ", ")
}

func (d *desk) env(ctx context.Context) Env {
	return Env{Session: d, Context: ctx, Work: &d.work, Log: slog.New(slog.DiscardHandler)}
}

// request is one with the id 1.
func (d *desk) request(method string) *Request {
	return &Request{ID: "1", Method: method, Message: mcp.AppendRequest(nil, "1", method, nil), Caller: caller{d}}
}

// caller tells what it hears from what it is told.
type caller struct{ *desk }

func (c caller) Hear(m *mcp.Message) { c.note("own", m) }
func (c caller) Tell(m *mcp.Message) { c.note("told", m) }

// server answers requests in this process.
type server func(r *http.Request) *http.Response

func (s server) RoundTrip(r *http.Request) (*http.Response, error) {
	res := s(r)
	if res == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return res, r.Context().Err()
}

func (s server) endpoint(t *testing.T) *Endpoint {
	t.Helper()
	e, err := NewEndpoint("http://upstream.example/mcp", nil, s, 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func say(status int, kind, body string) *http.Response {
	return open(status, kind, io.NopCloser(strings.NewReader(body)))
}

// open is an answer whose end is up to its body.
func open(status int, kind string, body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: body, ContentLength: -1}
}

// hangs is a body that says something, and then nothing until the request ends.
type hangs struct {
	io.Reader
	ctx context.Context
}

func hang(r *http.Request, says string) *hangs { return &hangs{strings.NewReader(says), r.Context()} }

func (h *hangs) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err == nil {
		return n, nil
	}
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

func (h *hangs) Close() error { return nil }

const done = `{"jsonrpc":"2.0","id":1,"result":{}}`
