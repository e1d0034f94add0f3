package hold

import (
	"context"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/store"
)

// BenchmarkDo does calls that never ask, of a client that could be asked and
// of one that could not.
func BenchmarkDo(b *testing.B) {
	for _, bb := range []struct{ name, capabilities string }{{"can be asked", `{"elicitation":{}}`}, {"cannot", `{}`}} {
		b.Run(bb.name, func(b *testing.B) {
			c := &Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now}
			call := Call{
				Request: &mcp.Request{
					Method: mcp.MethodToolsCall,
					Params: jsontext.Value(`{"name":"add","arguments":{"a":1,"b":2},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}`),
					Client: &mcp.Client{Revision: mcp.R20260728, Capabilities: jsontext.Value(bb.capabilities)},
				},
				Run: func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
					return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
				},
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Do(b.Context(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
