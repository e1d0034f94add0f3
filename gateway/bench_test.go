package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/gateway/bounds"
	"gatehouse/identity"
	"gatehouse/mcp"
)

// still is a backend that answers at once.
type still struct{ fake }

func (s *still) Call(context.Context, identity.Principal, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return mcp.Result{Raw: jsontext.Value(`{"content":[]}`)}, nil
}

// blank records nothing.
type blank struct{}

func (blank) Record(context.Context, audit.Event) error { return nil }

func manyTools(n int) *Catalog {
	c := &Catalog{Capabilities: jsontext.Value(`{"tools":{}}`)}
	for i := range n {
		name := fmt.Sprintf("tool_%d", i)
		raw := fmt.Sprintf(`{"name":%q,"description":"Does what the tool of this number does, and says so in a sentence or two.",`+
			`"inputSchema":{"type":"object","properties":{"a":{"type":"number","description":"the first"},"b":{"type":"number","description":"the second"}},"required":["a","b"]},`+
			`"annotations":{"readOnlyHint":true}}`, name)
		c.Tools = append(c.Tools, Entry{Name: name, Raw: jsontext.Value(raw)})
	}
	return c
}

// benchGateway has 20 backends of 50 tools each.
func benchGateway(b *testing.B, limits bounds.Limits) *Gateway {
	g := &Gateway{Audit: blank{}, Log: slog.New(slog.DiscardHandler)}
	var mounts []Mount
	for i := range 20 {
		mounts = append(mounts, Mount{
			Name: fmt.Sprintf("b%d", i), Prefix: fmt.Sprintf("b%d_", i), Limits: limits,
			Backend: &still{fake{catalog: manyTools(50)}},
		})
	}
	g.SetMounts(mounts)
	b.Cleanup(func() { g.Close() })
	return g
}

// BenchmarkCall is all that the gateway adds to a call of one tool of 1,000.
func BenchmarkCall(b *testing.B) {
	for name, limits := range map[string]bounds.Limits{"with a deadline": {}, "without one": {Timeout: bounds.NoTimeout}} {
		b.Run(name, func(b *testing.B) {
			g := benchGateway(b, limits)
			req := &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"b7_tool_3","arguments":{"a":1,"b":2}}`), Client: new(mcp.Client)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Call(b.Context(), alice, req, mute{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkList lists 1,000 tools.
func BenchmarkList(b *testing.B) {
	g := benchGateway(b, bounds.Limits{})
	req := &mcp.Request{Method: mcp.MethodToolsList, Params: jsontext.Value(`{}`), Client: new(mcp.Client)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Call(b.Context(), alice, req, mute{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMerge makes the catalog of 1,000 tools anew.
func BenchmarkMerge(b *testing.B) {
	g := benchGateway(b, bounds.Limits{})
	cat := g.current(b.Context())
	for b.Loop() {
		merge(cat.mounts, cat.parts)
	}
}
