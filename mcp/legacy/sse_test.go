package legacy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// connect opens the stream of 2024-11-05 and returns it with where to POST.
func connect(t *testing.T, h *Handler) (w *wire, endpoint string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/sse", nil)
	w = serve(t, r, func(w http.ResponseWriter, r *http.Request) error { return h.Stream(w, r, alice) })
	first := w.frames()[0]
	if first.name != "endpoint" || !strings.HasPrefix(first.data, "/sse/message?sessionId=") {
		t.Fatalf("the first event is %+v", first)
	}
	return w, first.data
}

// say POSTs to the endpoint of a stream.
func say(t *testing.T, h *Handler, who identity.Principal, endpoint, body string) *wire {
	t.Helper()
	msgs, batch, err := mcp.DecodeBatch([]byte(body), mcp.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, endpoint, nil)
	return serve(t, r, func(w http.ResponseWriter, r *http.Request) error { return h.Message(w, r, who, msgs, batch) })
}

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{"elicitation":{}},"clientInfo":{"name":"old"}}}`

func TestHTTPWithSSE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client mcp.Client
		ended := make(chan string, 1)
		h := newHandler(&fake{ended: ended, call: func(ctx context.Context, req *mcp.Request, p mcp.Peer) (mcp.Result, error) {
			client = *req.Client
			return asking(mcp.MethodElicit)(ctx, req, p)
		}})
		w, endpoint := connect(t, h)

		if got := say(t, h, alice, endpoint, hello); got.status != http.StatusAccepted {
			t.Errorf("initialize = %d %s", got.status, got.text())
		}
		if got := w.messages()[0]; !strings.Contains(got, `"protocolVersion":"2024-11-05"`) {
			t.Errorf("initialize is answered %s", got)
		}
		say(t, h, alice, endpoint, toolsCall)
		q, _ := question(t, w)
		say(t, h, alice, endpoint, reply(q, `{"action":"accept"}`))
		if got := w.messages()[2]; got != `{"jsonrpc":"2.0","id":7,"result":{"action":"accept"}}` {
			t.Errorf("the call is answered %s", got)
		}
		if client.Revision != mcp.R20241105 || string(client.Info) != `{"name":"old"}` {
			t.Errorf("the gateway sees %+v", client)
		}

		mallory := identity.Principal{Subject: "dev:mallory"}
		if got := say(t, h, mallory, endpoint, toolsCall); got.status != http.StatusNotFound {
			t.Errorf("another person's message = %d", got.status)
		}

		say(t, h, alice, endpoint, toolsCall)
		w.disconnect()
		if got := <-ended; !strings.HasSuffix(endpoint, got) {
			t.Errorf("the end of %s is told", got)
		}
		if got := say(t, h, alice, endpoint, toolsCall); got.status != http.StatusNotFound {
			t.Errorf("after the stream = %d", got.status)
		}
		if len(h.conns) != 0 || len(h.streams.count) != 0 {
			t.Errorf("%d conns, %d streams are left", len(h.conns), len(h.streams.count))
		}
	})
}

func TestHTTPWithSSEAfterReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: echo})
		w, endpoint := connect(t, h)
		say(t, h, alice, endpoint, toolsCall)
		if got := w.messages(); len(got) != 1 || !strings.Contains(got[0], `"result":{"name":"x"}`) {
			t.Errorf("a call without a handshake got %q", got)
		}
	})
}

func TestHTTPWithSSEScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short := &identity.ScopeError{Need: []string{"math"}}
		h := newHandler(&fake{call: func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { return mcp.Result{}, short }})
		w, endpoint := connect(t, h)
		if got := say(t, h, alice, endpoint, toolsCall); !errors.Is(got.err, short) || got.status != 0 || len(w.messages()) != 0 {
			t.Errorf("got %v, %d, and on the stream %q", got.err, got.status, w.messages())
		}
		h.Gateway.(*fake).call = func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
			time.Sleep(2 * scopeWait)
			return mcp.Result{}, short
		}
		got := say(t, h, alice, endpoint, toolsCall)
		<-got.done
		time.Sleep(time.Second)
		if got.err != nil || got.status != http.StatusAccepted || !strings.Contains(strings.Join(w.messages(), ""), "insufficient scope") {
			t.Errorf("too late for the POST: %v, %d, and on the stream %q", got.err, got.status, w.messages())
		}
	})
}

func TestHTTPWithSSEIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: silent(time.Hour)})
		w, endpoint := connect(t, h)
		for range 2 * maxRunning {
			say(t, h, alice, endpoint, batchOf(4))
		}
		if got := len(h.conn(find(t, h, strings.Split(endpoint, "=")[1])).running); got > maxRunning {
			t.Errorf("%d requests run", got)
		}
		if !strings.Contains(w.text(), "Too many requests") {
			t.Error("none was refused")
		}
	})
}

func TestSessionsOfOneTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: echo})
		id := open(t, h, mcp.R20250618)
		if got := say(t, h, alice, "/sse/message?sessionId="+id, toolsCall); got.status != http.StatusNotFound {
			t.Errorf("a message for a session without stream = %d", got.status)
		}
	})
}
