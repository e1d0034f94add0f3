package modern_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

var alice = identity.Principal{Subject: "dev:alice"}

// behind is a gateway of one function, with a tool that wants an argument in a
// header.
type behind struct {
	call  func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (string, error)
	watch func(ctx context.Context, changes mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error)
}

func (b behind) Describe(context.Context, identity.Principal) (mcp.Description, error) {
	return mcp.Description{Capabilities: jsontext.Value(`{"tools":{"listChanged":true}}`), Instructions: "Add."}, nil
}

func (b behind) Call(ctx context.Context, _ identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	raw, err := b.call(ctx, req, peer)
	return mcp.Result{Raw: jsontext.Value(raw)}, err
}

func (b behind) Watch(ctx context.Context, _ identity.Principal, _ *mcp.Client, c mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error) {
	return b.watch(ctx, c, notify)
}

func (b behind) ParamHeaders(_ context.Context, _ identity.Principal, tool string) []mcp.ParamHeader {
	if tool != "query" {
		return nil
	}
	return []mcp.ParamHeader{
		{Header: "Mcp-Param-Region", Path: []string{"region"}},
		{Header: "Mcp-Param-Limit", Path: []string{"page", "limit"}},
	}
}

// answering is a gateway that always gives the same result.
func answering(raw string) behind {
	return behind{call: func(context.Context, *mcp.Request, mcp.Peer) (string, error) { return raw, nil }}
}

// failing is a gateway that always fails.
func failing(err error) behind {
	return behind{call: func(context.Context, *mcp.Request, mcp.Peer) (string, error) { return "", err }}
}

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

// request makes the request of a client that does all right.
func request(t *testing.T, method, params string) *http.Request {
	body := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + params + `}}`
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/mcp", strings.NewReader(body))
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2026-07-28")
	r.Header.Set("Mcp-Method", method)
	return r
}

// post does what the host does before the edge: it reads and decodes the body.
func post(t *testing.T, h *modern.Handler, r *http.Request) (*httptest.ResponseRecorder, error) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mcp.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	return w, h.Post(w, r, alice, m)
}

func TestPostOfACallAnswersInJSON(t *testing.T) {
	h := &modern.Handler{Gateway: answering(`{"content":[]}`), Info: jsontext.Value(`{"name":"g"}`)}
	r := request(t, "tools/call", `"name":"add",`+meta)
	r.Header.Set("Mcp-Name", "add")
	w, err := post(t, h, r)
	const want = `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"g"}},"content":[]}}`
	if err != nil || w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v %s %v, want %s", w.Code, w.Header(), w.Body, err, want)
	}
}

func TestPostLeavesMissingScopesToTheGuard(t *testing.T) {
	h := &modern.Handler{Gateway: failing(&identity.ScopeError{Need: []string{"math"}})}
	w, err := post(t, h, request(t, "tools/list", meta))
	if _, ok := errors.AsType[*identity.ScopeError](err); !ok || w.Body.Len() > 0 {
		t.Errorf("Post = %v and wrote %q, want a scope error and nothing", err, w.Body)
	}
}

func TestPostOfANotificationIsAccepted(t *testing.T) {
	w := httptest.NewRecorder()
	err := new(modern.Handler).Post(w, request(t, "x", ""), alice, mcp.Message{Method: mcp.NoteCancelled})
	if err != nil || w.Code != http.StatusAccepted || w.Body.Len() > 0 {
		t.Errorf("Post = %v, %d %q; want 202 and nothing", err, w.Code, w.Body)
	}
}

func TestRefuse(t *testing.T) {
	w := httptest.NewRecorder()
	modern.Refuse(w, nil)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("Refuse = %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestStatusOfAFailure(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
		body string
	}{
		{"an unknown method is not found", mcp.MethodNotFound("tools/call"), 404, `"code":-32601`},
		{"bad params are an answer", mcp.InvalidParams("no"), 200, `"code":-32602`},
		{"a missing capability is the client's fault", mcp.MissingCapability(jsontext.Value(`{"roots":{}}`)), 400, `"data":{"requiredCapabilities":{"roots":{}}}`},
		{"an old code becomes the one of today", &mcp.Error{Code: -32042, Message: "x", Data: jsontext.Value(`{"a":1}`)}, 200, `"code":-32602,"message":"x","data":{"a":1}`},
		{"what is down may be up again", fault.New(fault.Unavailable, "down"), 503, `"code":-32000,"message":"down"`},
		{"too much is too much", fault.New(fault.TooMany, "slow down"), 429, `"code":-32000`},
		{"a defect says nothing", context.Canceled, 200, `"code":-32603`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := post(t, &modern.Handler{Gateway: failing(tt.err)}, request(t, "tools/list", meta))
			if err != nil || w.Code != tt.want || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %s %v, want %d %s", w.Code, w.Body, err, tt.want, tt.body)
			}
		})
	}
}

func TestAResourceThatIsNotFoundIsNamed(t *testing.T) {
	for name, err := range map[string]error{
		"by its kind": fault.New(fault.NotFound, "Resource not found"),
		"by its code": &mcp.Error{Code: mcp.CodeResourceNotFound, Message: "Resource not found"},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, "resources/read", `"uri":"test://x",`+meta)
			r.Header.Set("Mcp-Name", "test://x")
			w, _ := post(t, &modern.Handler{Gateway: failing(err)}, r)
			const want = `"error":{"code":-32602,"message":"Resource not found","data":{"uri":"test://x"}}}`
			if !strings.HasSuffix(w.Body.String(), want) {
				t.Errorf("got %s, want %s", w.Body, want)
			}
		})
	}
}

func TestListsMayBeKept(t *testing.T) {
	h := &modern.Handler{Gateway: answering(`{"tools":[]}`), TTL: 5 * time.Second}
	w, _ := post(t, h, request(t, "tools/list", meta))
	if !strings.Contains(w.Body.String(), `"ttlMs":5000,"cacheScope":"private"`) {
		t.Errorf("got %s", w.Body)
	}
}
