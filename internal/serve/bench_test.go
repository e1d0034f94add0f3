package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// BenchmarkPost is a call as most are: a POST on a kept connection, with a
// small answer.
func BenchmarkPost(b *testing.B) {
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"3"}]}}`)
	jsonType, noStore := []string{"application/json"}, []string{"no-store"}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		io.ReadFull(r.Body, body)
		w.Header()["Content-Type"], w.Header()["Cache-Control"] = jsonType, noStore
		w.Write(answer)
	})
	for name, server := range map[string]func(*http.Server) either{
		"ours":     func(h *http.Server) either { return New(h) },
		"net-http": func(h *http.Server) either { return h },
	} {
		b.Run(name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			s := server(&http.Server{Handler: h})
			go s.Serve(l)
			defer s.Close()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			asked := []byte("POST /mcp HTTP/1.1\r\nHost: localhost:8787\r\nUser-Agent: bench\r\nAccept: application/json, text/event-stream\r\n" +
				"Content-Type: application/json\r\nAuthorization: Bearer gth_at_0123456789abcdef0123456789abcdef\r\nMcp-Protocol-Version: 2026-07-28\r\n" +
				"Content-Length: 64\r\n\r\n" + `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":12}}`)
			length := 0
			r := bufio.NewReader(c)
			ask := func() {
				if _, err := c.Write(asked); err != nil {
					b.Fatal(err)
				}
				if length == 0 { // all answers have the same
					r.Peek(1)
					length = r.Buffered()
				}
				if _, err := r.Discard(length); err != nil {
					b.Fatal(err)
				}
			}
			ask()
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
