package legacy

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
	"gatehouse/store/mem"
)

// nowhere is an answer that nobody reads.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkPost measures what the edge adds to a call that costs nothing.
func BenchmarkPost(b *testing.B) {
	sum := mcp.Result{Raw: jsontext.Value(`{"content":[{"type":"text","text":"3"}],"structuredContent":{"sum":3}}`)}
	h := newHandler(&fake{call: func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { return sum, nil }})
	h.Sessions = session.New(new(mem.KV), session.Config{})
	of, err := h.Sessions.Create(b.Context(), session.Record{Subject: alice.Subject, Revision: mcp.R20251125})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context()) // as net/http has one for each request
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/mcp", nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set(mcp.HeaderSession, of.ID())
	r.Header.Set(mcp.HeaderRevision, string(mcp.R20251125))
	w := &nowhere{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		m := mcp.Message{ID: "7", Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"add","arguments":{"a":1,"b":2}}`)}
		if err := h.Post(w, r, alice, []mcp.Message{m}, false); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemory prints what a session costs while its client is silent, with the
// part that this package keeps of it.
func TestMemory(t *testing.T) {
	const n = 1000
	h := newHandler(&fake{call: echo})
	before := heap()
	for i := range n {
		who := identity.Principal{Subject: fmt.Sprint(i)}
		id := openAs(t, h, who, mcp.R20251125)
		if w := postAs(t, h, who, toolsCall, mcp.HeaderSession, id); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	each := (heap() - before) / n
	t.Logf("%d bytes of memory for each idle session, its record in the store among them", each)
	if each > 8<<10 {
		t.Errorf("an idle session takes %d bytes", each)
	}
	runtime.KeepAlive(h)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
