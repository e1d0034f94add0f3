package gateway

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
	"gatehouse/store"
)

// asker is a backend that asks in the middle of each call.
type asker struct{ fake }

func (a *asker) Call(ctx context.Context, _ identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	answer, err := peer.Ask(ctx, mcp.MethodElicit, jsontext.Value(`{}`))
	return mcp.Result{Raw: jsontext.Value(`{"name":"` + mcp.StringMember(req.Params, "name") + `","answer":` + string(answer) + `}`)}, err
}

// mute is a client that cannot be asked.
type mute struct{}

func (mute) Notify(context.Context, string, jsontext.Value) error { return nil }

func (mute) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}

func TestABackendThatAsksInCall(t *testing.T) {
	tools := &Catalog{Tools: []Entry{entry("name", "t")}}
	g, book := newGateway(
		Mount{Name: "a", Prefix: "a_", Backend: &asker{fake{catalog: tools}}, AsksInCall: true},
		Mount{Name: "b", Prefix: "b_", Backend: &asker{fake{catalog: tools}}},
	)
	g.Held = &hold.Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now}
	call := func(name, more string) (mcp.Result, error) {
		return g.Call(t.Context(), identity.Principal{Subject: "dev:alice"}, &mcp.Request{
			Method: mcp.MethodToolsCall,
			Params: jsontext.Value(`{"name":"` + name + `"` + more + `}`),
			Client: &mcp.Client{Revision: mcp.R20260728, Capabilities: jsontext.Value(`{"elicitation":{}}`)},
		}, mute{})
	}
	first, err := call("a_t", "")
	if err != nil || mcp.StringMember(first.Raw, "resultType") != mcp.ResultInputRequired {
		t.Fatalf("the first result is %s, %v", first.Raw, err)
	}
	more := `,"inputResponses":{"question-1":{"ok":true}},"requestState":` + string(mcp.Member(first.Raw, "requestState"))
	if res, err := call("a_t", more); err != nil || string(res.Raw) != `{"name":"t","answer":{"ok":true}}` {
		t.Errorf("the second result is %s, %v", res.Raw, err)
	}
	if len(book.events) != 4 {
		t.Errorf("%d events for two rounds, want each to start and end", len(book.events))
	}
	if _, err := call("b_t", ""); err == nil || !strings.Contains(err.Error(), "cannot be asked") {
		t.Errorf("a backend that is not held: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := call("a_t", ""); err == nil || !strings.Contains(err.Error(), "closing") {
		t.Errorf("a question after the end: %v", err)
	}
}

// moody is an asker that says for itself whether it asks now.
type moody struct {
	asker
	asks bool
}

func (m *moody) AsksInCall() bool { return m.asks }

func TestABackendThatSaysWhetherItAsksInCall(t *testing.T) {
	b := &moody{asker: asker{fake{catalog: &Catalog{Tools: []Entry{entry("name", "t")}}}}}
	g, _ := newGateway(Mount{Name: "a", Backend: b, AsksInCall: true})
	g.Held = &hold.Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now}
	defer g.Close()
	for _, asks := range []bool{false, true, false} { // as when its server becomes another
		b.asks = asks
		res, err := g.Call(t.Context(), alice, &mcp.Request{
			Method: mcp.MethodToolsCall,
			Params: jsontext.Value(`{"name":"t"}`),
			Client: &mcp.Client{Revision: mcp.R20260728, Capabilities: jsontext.Value(`{"elicitation":{}}`)},
		}, mute{})
		if held := err == nil && mcp.StringMember(res.Raw, "resultType") == mcp.ResultInputRequired; held != asks {
			t.Errorf("asks = %v: %s, %v", asks, res.Raw, err)
		}
	}
}
