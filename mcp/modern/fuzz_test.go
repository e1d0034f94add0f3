package modern_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

// FuzzPost checks that every request gets one answer of its own, and that what
// is done is what the headers said.
func FuzzPost(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add",`+meta+`}}`), "2026-07-28", "tools/call", "add")
	f.Add([]byte(`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"n\u0061me":"\u0061dd",`+meta+`}}`), "2026-07-28", "tools/call", "=?base64?YWRk?=")
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"region":1},`+meta+`}}`), "2026-07-28", "tools/call", "query")
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{},`+meta+`}}`), "2026-07-28", "subscriptions/listen", "")
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}`), "v999", "server/discover", "")
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"result":{}}`), "", "", "")
	f.Fuzz(func(t *testing.T, body []byte, revision, method, name string) {
		m, err := mcp.Decode(body)
		if err != nil {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/mcp", nil)
		r.Header = http.Header{
			"Accept":               {"text/event-stream"},
			"Mcp-Protocol-Version": {revision},
			"Mcp-Method":           {method},
			"Mcp-Name":             {name},
		}
		call := func(_ context.Context, req *mcp.Request, _ mcp.Peer) (string, error) {
			if req.Method != method || revision != string(mcp.R20260728) {
				t.Errorf("%q was done, but the headers said %q in %q", req.Method, method, revision)
			}
			said, _ := mcp.DecodeHeader(name)
			if does := mcp.StringMember(req.Params, "name"); req.Method == mcp.MethodToolsCall && does != said {
				t.Errorf("%q was called, but the headers said %q", does, said)
			}
			return `{}`, nil
		}
		watch := func(context.Context, mcp.Changes, func(string, jsontext.Value)) (mcp.Changes, error) {
			return mcp.Changes{}, nil
		}
		h := &modern.Handler{Gateway: behind{call, watch}}
		w := httptest.NewRecorder()
		if err := h.Post(w, r, alice, m); err != nil {
			t.Fatalf("Post(%s) = %v", body, err)
		}
		checkAnswer(t, w, &m)
	})
}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder, m *mcp.Message) {
	text := w.Body.String()
	if w.Header().Get("Content-Type") == "text/event-stream" {
		all := frames(w)
		text = all[len(all)-1]
	}
	if m.IsNotification() {
		if text != "" || w.Code != http.StatusAccepted {
			t.Errorf("a notification was answered with %d %s", w.Code, text)
		}
		return
	}
	answer, err := mcp.Decode([]byte(text))
	if err != nil || answer.ID != m.ID || !answer.IsResponse() {
		t.Errorf("%+v was answered with %s: %v", m, text, err)
	}
	if w.Code != http.StatusOK && answer.Error == nil {
		t.Errorf("%+v was answered with %d %s", m, w.Code, text)
	}
}
