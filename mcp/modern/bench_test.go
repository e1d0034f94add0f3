package modern_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

// constant is a gateway that costs nothing.
type constant struct{ behind }

var sum = mcp.Result{Raw: jsontext.Value(`{"content":[{"type":"text","text":"{\"sum\":3}"}],"structuredContent":{"sum":3}}`)}

func (constant) Call(context.Context, identity.Principal, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return sum, nil
}

// sink is a response that costs nothing.
type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}

// BenchmarkPost measures what this edge adds to a small call.
func BenchmarkPost(b *testing.B) {
	body := []byte(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`)
	m, err := mcp.Decode(body)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), "POST", "/mcp", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2026-07-28"},
		"Mcp-Method":           {"tools/call"},
		"Mcp-Name":             {"add"},
	}
	h := &modern.Handler{Gateway: constant{}, Info: jsontext.Value(`{"name":"gatehouse","version":"1"}`)}
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Post(w, r, alice, m); err != nil {
			b.Fatal(err)
		}
	}
	if w.bytes == 0 {
		b.Fatal("nothing was answered")
	}
}
