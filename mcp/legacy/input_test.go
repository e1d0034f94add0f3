package legacy

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestInputRequired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		h := newHandler(&fake{call: func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
			seen = append(seen, string(req.Params))
			if mcp.Member(req.Params, "inputResponses") == nil {
				return mcp.Result{Raw: jsontext.Value(`{"resultType":"input_required","requestState":"s1",` +
					`"inputRequests":{"who":{"method":"elicitation/create","params":{"message":"Who?"}}}}`)}, nil
			}
			return mcp.Result{Raw: jsontext.Value(`{"resultType":"complete","content":[]}`)}, nil
		}})
		id := open(t, h, mcp.R20250618)
		call := send(t, h, alice, id, toolsCall)
		q, method := question(t, call)
		if method != mcp.MethodElicit || !strings.Contains(call.text(), `"params":{"message":"Who?"}`) {
			t.Errorf("asked %s", call.text())
		}
		post(t, h, reply(q, `{"action":"accept","content":{"name":"Bob"}}`), mcp.HeaderSession, id)
		<-call.done
		if got := call.messages()[1]; got != `{"jsonrpc":"2.0","id":7,"result":{"content":[]}}` {
			t.Errorf("got %s", got)
		}
		want := `{"name":"x","inputResponses":{"who":{"action":"accept","content":{"name":"Bob"}}},"requestState":"s1"}`
		if len(seen) != 2 || seen[1] != want {
			t.Errorf("called with %q, want at last %s", seen, want)
		}
	})
}

func TestInputRounds(t *testing.T) {
	rounds := 0
	h := newHandler(&fake{call: func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
		rounds++
		return mcp.Result{Raw: jsontext.Value(`{"resultType":"input_required","requestState":"again"}`)}, nil
	}})
	w := post(t, h, toolsCall, mcp.HeaderSession, open(t, h, mcp.R20250618))
	if rounds != maxRounds || !strings.Contains(w.Body.String(), "too many times") {
		t.Errorf("%d rounds, then %s", rounds, w.Body)
	}
}

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{}`, `{}`},
		{`{"content":[]}`, `{"content":[]}`},
		{`{"resultType":"complete"}`, `{}`},
		{`{"resultType":"complete","a":1}`, `{"a":1}`},
		{`{"a":1,"resultType":"complete"}`, `{"a":1}`},
		{`{"a":1 , "ttlMs" : 5 , "b": 2, "cacheScope":"private" }`, `{"a":1,"b":2}`},
		{`{"content":[{"resultType":"x"}],"ttlMs":1}`, `{"content":[{"resultType":"x"}]}`},
		{`{"text":"\"resultType\":1"}`, `{"text":"\"resultType\":1"}`},
	} {
		if got := plain(jsontext.Value(tt.in)); string(got) != tt.want {
			t.Errorf("plain(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}
