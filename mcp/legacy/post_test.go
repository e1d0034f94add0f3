package legacy

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
	"gatehouse/store/mem"
)

// fake is a gateway that does what its fields say.
type fake struct {
	call  func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)
	watch func(ctx context.Context, changes mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error)
	ended chan string
}

func (f *fake) Describe(context.Context, identity.Principal) (mcp.Description, error) {
	return mcp.Description{
		Info:         jsontext.Value(`{"name":"gatehouse","version":"1"}`),
		Capabilities: jsontext.Value(`{"tools":{}}`),
		Instructions: "Be kind.",
	}, nil
}

func (f *fake) Call(ctx context.Context, _ identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	return f.call(ctx, req, peer)
}

func (f *fake) Watch(ctx context.Context, _ identity.Principal, _ *mcp.Client, changes mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error) {
	if f.watch == nil {
		return changes, nil
	}
	return f.watch(ctx, changes, notify)
}

func (f *fake) End(id string) {
	if f.ended != nil {
		f.ended <- id
	}
}

// echo answers every call with its params.
func echo(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
	return mcp.Result{Raw: req.Params}, nil
}

var alice = identity.Principal{Subject: "dev:alice"}

func newHandler(f *fake) *Handler {
	return &Handler{Gateway: f, KeepAlive: 15 * time.Second, Log: slog.New(slog.DiscardHandler), Sessions: session.New(new(mem.KV), session.Config{})}
}

// post sends a body as alice, with headers in pairs of name and value.
func post(t *testing.T, h *Handler, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return postAs(t, h, alice, body, headers...)
}

func postAs(t *testing.T, h *Handler, who identity.Principal, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	msgs, batch, err := mcp.DecodeBatch([]byte(body), mcp.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/mcp", nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	if err := h.Post(w, r, who, msgs, batch); err != nil {
		t.Fatalf("Post: %v", err)
	}
	return w
}

// open opens a session of the revision and returns its id.
func open(t *testing.T, h *Handler, revision mcp.Revision) string {
	t.Helper()
	return openAs(t, h, alice, revision)
}

func openAs(t *testing.T, h *Handler, who identity.Principal, revision mcp.Revision) string {
	t.Helper()
	w := postAs(t, h, who, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"`+string(revision)+
		`","capabilities":{"sampling":{},"elicitation":{},"roots":{}},"clientInfo":{"name":"test","version":"0"}}}`)
	id := w.Header().Get(mcp.HeaderSession)
	if w.Code != http.StatusOK || id == "" {
		t.Fatalf("initialize = %d %s, session %q", w.Code, w.Body, id)
	}
	return id
}

func TestInitialize(t *testing.T) {
	for _, tt := range []struct{ name, params, want string }{
		{"a revision that we serve is taken", `{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"x"}}`,
			`{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-03-26","capabilities":{"tools":{}},"serverInfo":{"name":"gatehouse","version":"1"},"instructions":"Be kind."}}`},
		{"any other gets the newest with sessions", `{"protocolVersion":"2077-01-01"}`,
			`{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"gatehouse","version":"1"},"instructions":"Be kind."}}`},
		{"a revision must be named", `{}`,
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"initialize needs protocolVersion"}}`},
		{"capabilities are an object", `{"protocolVersion":"2025-03-26","capabilities":[]}`,
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"clientInfo and capabilities must be objects"}}`},
		{"a client does not fill the memory", `{"protocolVersion":"2025-03-26","capabilities":{"x":"` + strings.Repeat("x", maxCapabilities) + `"}}`,
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"clientInfo or capabilities are too large"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := post(t, newHandler(new(fake)), `{"jsonrpc":"2.0","id":1,"method":"initialize","params":`+tt.params+`}`)
			if got := w.Body.String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestClientOf(t *testing.T) {
	icon := `"data:image/png;base64,` + strings.Repeat("A", maxInfo) + `"`
	c, err := clientOf(jsontext.Value(`{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},` +
		`"clientInfo":{"name":"x","icons":[{"src":` + icon + `}],"version":"1"}}`))
	if err != nil || string(c.Info) != `{"name":"x","version":"1"}` || string(c.Capabilities) != `{"roots":{}}` {
		t.Errorf("a client with pictures = %+v, %v", c, err)
	}
	long := `{"protocolVersion":"2025-11-25","clientInfo":{"name":"` + strings.Repeat("x", maxInfo) + `"}}`
	if _, err := clientOf(jsontext.Value(long)); !errors.Is(err, fault.TooLarge) {
		t.Errorf("a client with a long name = %v", err)
	}
}

func FuzzClientOf(f *testing.F) {
	f.Add([]byte(`{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x"}}`))
	f.Fuzz(func(t *testing.T, params []byte) {
		if !jsontext.Value(params).IsValid() {
			return // is refused with the envelope
		}
		c, err := clientOf(params)
		if err != nil {
			return
		}
		if !c.Revision.Known() || c.Revision.Modern() || len(c.Info) > maxInfo || len(c.Capabilities) > maxCapabilities {
			t.Errorf("clientOf(%s) = %+v", params, c)
		}
	})
}

func TestPost(t *testing.T) {
	h := newHandler(&fake{call: echo})
	id := open(t, h, mcp.R20251125)
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for _, tt := range []struct {
		name, body string
		headers    []string
		status     int
		want       string
	}{
		{"a call goes to the gateway", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"add"}}`,
			[]string{mcp.HeaderSession, id}, 200, `{"jsonrpc":"2.0","id":"a","result":{"name":"add"}}`},
		{"ping is answered here", ping, []string{mcp.HeaderSession, id}, 200, `{"jsonrpc":"2.0","id":1,"result":{}}`},
		{"a notification is accepted", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, []string{mcp.HeaderSession, id}, 202, ``},
		{"a level must be one", `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}`, []string{mcp.HeaderSession, id}, 200,
			`"code":-32602`},
		{"no session", ping, nil, 400, `Mcp-Session-Id is missing`},
		{"an unknown session", ping, []string{mcp.HeaderSession, "nope"}, 404, `Session not found`},
		{"an unknown revision", ping, []string{mcp.HeaderSession, id, mcp.HeaderRevision, "1999-01-01"}, 400, `MCP-Protocol-Version`},
		{"another kind of answer", ping, []string{mcp.HeaderSession, id, "Accept", "text/html"}, 406, `accept`},
		{"any kind of answer", ping, []string{mcp.HeaderSession, id, "Accept", "*/*"}, 200, `"result":{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := post(t, h, tt.body, tt.headers...)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.want)
			}
		})
	}
}

func TestNotificationsTravel(t *testing.T) {
	var heard []string
	h := newHandler(&fake{call: func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		heard = append(heard, req.Method+" "+string(req.Params)+" "+req.Client.Session)
		return mcp.Result{}, errors.New("nobody knows it")
	}})
	id := open(t, h, mcp.R20250618)
	for _, body := range []string{
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`,
		`{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`,
		`{"jsonrpc":"2.0","method":"notifications/acme/moved","params":{"to":[1,null]}}`,
	} {
		if w := post(t, h, body, mcp.HeaderSession, id); w.Code != http.StatusAccepted {
			t.Errorf("%s: status %d", body, w.Code)
		}
	}
	want := []string{"notifications/roots/list_changed  " + id, `notifications/acme/moved {"to":[1,null]} ` + id}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}
