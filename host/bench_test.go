package host_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/e2e/road"
)

// sink is a response writer that keeps nothing.
type sink struct {
	header http.Header
	status int
	n      int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(n int)   { s.status = n }
func (s *sink) Write(b []byte) (int, error) {
	s.n += len(b)
	return len(b), nil
}

// BenchmarkCall measures all that the host adds to a call: everything but
// net/http and the network.
func BenchmarkCall(b *testing.B) {
	s := start(b, nil)
	token := s.connect("alice", "").Access
	session := s.Session(s.t, token)
	for _, bb := range []struct {
		name   string
		header http.Header
		body   string
	}{
		{"modern", http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {"add"}},
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"A":1,"B":2},` + road.Meta + `}}`},
		{"legacy", http.Header{"Mcp-Protocol-Version": {"2025-11-25"}, "Mcp-Session-Id": {session}},
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"A":1,"B":2}}}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			bb.header.Set("Authorization", "Bearer "+token)
			bb.header.Set("Content-Type", "application/json")
			bb.header.Set("Accept", "application/json, text/event-stream")
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequestWithContext(b.Context(), "POST", s.URL+"/mcp", strings.NewReader(bb.body))
				r.Header, r.RequestURI, r.RemoteAddr = bb.header, "/mcp", "127.0.0.1:1"
				w := &sink{header: make(http.Header)}
				s.handler.ServeHTTP(w, r)
				if w.status != 200 && w.status != 0 {
					b.Fatal(w.status)
				}
			}
		})
	}
}
