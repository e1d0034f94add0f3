package road

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Meta is what each request of 2026-07-28 says of its client.
const Meta = `"_meta":{` + about + `}`

const about = `"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
	`"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`

// Initialize is the message that opens a session.
const Initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":` +
	`{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// ModernCall is the call of a tool as a client of 2026-07-28 makes it that
// wants to hear of its progress.
func ModernCall(token, tool, arguments string) Request {
	return Request{
		Token: token,
		Body: fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`+
			`{"name":%q,"arguments":%s,"_meta":{"progressToken":1,%s}}}`, tool, arguments, about),
		Header: http.Header{
			"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {tool},
		},
	}
}

// Listen is the request for the stream of changes of 2026-07-28.
func Listen(token string) Request {
	return Request{
		Token: token,
		Body: `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":` +
			`{"notifications":{"toolsListChanged":true},` + Meta + `}}`,
		Header: http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"subscriptions/listen"}},
	}
}

// LegacyCall is the call of a tool in a session of 2025-11-25.
func LegacyCall(token, session, id, tool, arguments string) Request {
	return Request{
		Token:  token,
		Body:   fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, tool, arguments),
		Header: InSession(session),
	}
}

// InSession is the header of what is sent in a session.
func InSession(session string) http.Header {
	return http.Header{"Mcp-Session-Id": {session}, "Mcp-Protocol-Version": {"2025-11-25"}}
}

// Modern calls a tool as a client of 2026-07-28 does.
func (s Site) Modern(ctx context.Context, token, tool, arguments string) (Reply, error) {
	return s.Send(ctx, ModernCall(token, tool, arguments))
}

// Legacy calls a tool in a session.
func (s Site) Legacy(ctx context.Context, token, session, id, tool, arguments string) (Reply, error) {
	return s.Send(ctx, LegacyCall(token, session, id, tool, arguments))
}

// Initialize opens a session and returns its id; it is empty unless the answer
// was a 200.
func (s Site) Initialize(ctx context.Context, token string) (id string, r Reply, err error) {
	r, err = s.Send(ctx, Request{Token: token, Body: Initialize})
	if err != nil || r.Status != http.StatusOK {
		return "", r, err
	}
	return r.Header.Get("Mcp-Session-Id"), r, nil
}

// Session opens a session and returns its id.
func (s Site) Session(t testing.TB, token string) (id string) {
	t.Helper()
	id, r, err := s.Initialize(t.Context(), token)
	if err != nil || id == "" || strings.ContainsAny(id, " \t") {
		t.Fatalf("initialize = %v, %v", r, err)
	}
	return id
}

// Call calls a tool as a client of 2026-07-28 does. If no answer comes, the
// test has failed.
func (s Site) Call(t testing.TB, token, tool, arguments string) Reply {
	t.Helper()
	return s.Ask(t, ModernCall(token, tool, arguments))
}

// Adds reports whether the answer to add is this sum.
func (r Reply) Adds(sum int) bool {
	return r.Has(http.StatusOK, fmt.Sprintf(`{"result":%d}`, sum))
}

// WantSum has two numbers added.
func (s Site) WantSum(t testing.TB, token string, a, b int) {
	t.Helper()
	if r := s.Call(t, token, "add", fmt.Sprintf(`{"a":%d,"b":%d}`, a, b)); !r.Adds(a + b) {
		t.Errorf("%d + %d = %v", a, b, r)
	}
}
