package legacy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

func TestBatch(t *testing.T) {
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	note := `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	for _, tt := range []struct {
		name     string
		revision mcp.Revision
		body     string
		status   int
		want     string
	}{
		{"requests are answered in an array", mcp.R20250326, `[` + ping + `,` + note + `]`, 200, `[{"jsonrpc":"2.0","id":1,"result":{}}]`},
		{"notifications are accepted", mcp.R20250326, `[` + note + `,` + note + `]`, 202, ``},
		{"later revisions have none", mcp.R20250618, `[` + ping + `]`, 400, `no batches`},
		{"the newest neither", mcp.R20251125, `[` + ping + `]`, 400, `no batches`},
		{"the handshake goes alone", mcp.R20250326, `[` + ping + `,{"jsonrpc":"2.0","id":2,"method":"initialize"}]`, 400, `initialize`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHandler(&fake{call: echo})
			w := post(t, h, tt.body, mcp.HeaderSession, open(t, h, tt.revision))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

func batchOf(n int) string {
	var calls []string
	for i := range n {
		calls = append(calls, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"n":%d}}`, i, i))
	}
	return `[` + strings.Join(calls, ",") + `]`
}

func TestBatchIsAnsweredWhole(t *testing.T) {
	const most = 32
	h := newHandler(&fake{call: echo})
	id := open(t, h, mcp.R20250326)
	w := post(t, h, batchOf(most), mcp.HeaderSession, id)
	var answers []struct {
		ID     int            `json:"id"`
		Result map[string]int `json:"result"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answers); err != nil || len(answers) != most {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for _, a := range answers {
		if a.Result["n"] != a.ID {
			t.Errorf("request %d got the answer of %d", a.ID, a.Result["n"])
		}
	}
}

func TestBatchOnStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: func(ctx context.Context, req *mcp.Request, p mcp.Peer) (mcp.Result, error) {
			switch string(mcp.Member(req.Params, "n")) {
			case "1":
				time.Sleep(time.Millisecond)
				p.Notify(ctx, mcp.NoteProgress, jsontext.Value(`{}`))
			case "2":
				time.Sleep(2 * time.Millisecond)
			}
			return mcp.Result{Raw: req.Params}, nil
		}})
		w := send(t, h, alice, open(t, h, mcp.R20250326), batchOf(3))
		<-w.done
		got := w.messages()
		if len(got) != 4 || !strings.Contains(got[0], `"id":0`) || !strings.Contains(got[1], "progress") {
			t.Errorf("got %q", got)
		}
	})
}

func TestBatchForStreamsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: echo})
		w := send(t, h, alice, open(t, h, mcp.R20250326), batchOf(3), "Accept", "text/event-stream")
		<-w.done
		if got := w.messages(); len(got) != 3 {
			t.Errorf("got %q", got)
		}
	})
}

func TestScope(t *testing.T) {
	short := &identity.ScopeError{Need: []string{"math"}}
	refuse := func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { return mcp.Result{}, short }
	t.Run("a request that needs more is left to the guard", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: refuse})
			w := send(t, h, alice, open(t, h, mcp.R20250618), toolsCall)
			if !errors.Is(w.err, short) || w.status != 0 || w.text() != "" {
				t.Errorf("got %v, written %d %s", w.err, w.status, w.text())
			}
		})
	})
	t.Run("after the answer has begun it is said there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: func(ctx context.Context, _ *mcp.Request, p mcp.Peer) (mcp.Result, error) {
				return mcp.Result{}, cmp.Or(p.Notify(ctx, mcp.NoteProgress, nil), error(short))
			}})
			w := send(t, h, alice, open(t, h, mcp.R20250618), toolsCall)
			if got := w.text(); w.err != nil || !strings.Contains(got, "insufficient scope: needs math") {
				t.Errorf("got %v, written %s", w.err, got)
			}
		})
	})
	t.Run("in a batch it is said of one", func(t *testing.T) {
		h := newHandler(&fake{call: refuse})
		w := post(t, h, batchOf(2), mcp.HeaderSession, open(t, h, mcp.R20250326))
		if got := w.Body.String(); strings.Count(got, "insufficient scope") != 2 {
			t.Errorf("got %s", got)
		}
	})
}
