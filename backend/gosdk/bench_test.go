package gosdk_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/gosdk"
	"gatehouse/mcp"
)

// One tools/call of a hosted server, without any transport in front.
func BenchmarkServerCall(b *testing.B) {
	for _, client := range backendtest.Clients()[:2] {
		b.Run(string(client.Revision), func(b *testing.B) {
			server, err := gosdk.New("suite", backendtest.NewServer())
			if err != nil {
				b.Fatal(err)
			}
			defer server.Close()
			req := backendtest.Request(client, mcp.MethodToolsCall, "add", `{"a":2,"b":3}`, "")
			peer := new(backendtest.Peer)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := server.Call(b.Context(), backendtest.Alice, req, peer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The same tool through the SDK's own client and transports, to compare with.
func BenchmarkSDK(b *testing.B) {
	b.Run("in memory", func(b *testing.B) {
		near, far := sdk.NewInMemoryTransports()
		ss, err := backendtest.NewServer().Connect(b.Context(), far, nil)
		if err != nil {
			b.Fatal(err)
		}
		defer ss.Close()
		benchmarkClient(b, near)
	})
	b.Run("HTTP", func(b *testing.B) {
		s := backendtest.NewServer()
		web := httptest.NewServer(sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s }, nil))
		defer web.Close()
		benchmarkClient(b, &sdk.StreamableClientTransport{Endpoint: web.URL})
	})
}

func benchmarkClient(b *testing.B, transport sdk.Transport) {
	c := sdk.NewClient(&sdk.Implementation{Name: "bench", Version: "1"}, nil)
	cs, err := c.Connect(b.Context(), transport, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer cs.Close()
	params := &sdk.CallToolParams{Name: "add", Arguments: backendtest.Pair{A: 2, B: 3}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cs.CallTool(b.Context(), params); err != nil {
			b.Fatal(err)
		}
	}
}
