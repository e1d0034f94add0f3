package legacy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// asking is a call that asks the client and gives its answer as the result.
func asking(method string) func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return func(ctx context.Context, _ *mcp.Request, p mcp.Peer) (mcp.Result, error) {
		answer, err := p.Ask(ctx, method, jsontext.Value(`{"message":"really?"}`))
		return mcp.Result{Raw: answer}, err
	}
}

// question returns the id and the method of the last message that arrived.
func question(t *testing.T, w *wire) (id mcp.ID, method string) {
	t.Helper()
	all := w.messages()
	if len(all) == 0 {
		t.Fatal("nothing was asked")
	}
	m, err := mcp.Decode([]byte(all[len(all)-1]))
	if err != nil {
		t.Fatal(err)
	}
	return m.ID, m.Method
}

func reply(id mcp.ID, result string) string {
	return `{"jsonrpc":"2.0","id":` + string(id) + `,"result":` + result + `}`
}

func TestAsk(t *testing.T) {
	t.Run("the answer becomes the result", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			id := open(t, h, mcp.R20250618)
			call := send(t, h, alice, id, toolsCall)
			q, method := question(t, call)
			if method != mcp.MethodElicit {
				t.Errorf("asked %s", method)
			}
			if w := post(t, h, reply(q, `{"action":"accept"}`), mcp.HeaderSession, id); w.Code != http.StatusAccepted {
				t.Errorf("the answer = %d %s", w.Code, w.Body)
			}
			<-call.done
			if got := call.messages()[1]; got != `{"jsonrpc":"2.0","id":7,"result":{"action":"accept"}}` {
				t.Errorf("got %s", got)
			}
		})
	})
	t.Run("a refusal is the call's failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodCreateMessage)})
			id := open(t, h, mcp.R20250618)
			call := send(t, h, alice, id, toolsCall)
			q, _ := question(t, call)
			post(t, h, `{"jsonrpc":"2.0","id":`+string(q)+`,"error":{"code":-1,"message":"User rejected"}}`, mcp.HeaderSession, id)
			<-call.done
			if got := call.messages()[1]; got != `{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"User rejected"}}` {
				t.Errorf("got %s", got)
			}
		})
	})
	t.Run("an answer from another session reaches nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			mine, other := open(t, h, mcp.R20250618), open(t, h, mcp.R20250618)
			call := send(t, h, alice, mine, toolsCall)
			q, _ := question(t, call)
			if w := post(t, h, reply(q, `{"action":"forged"}`), mcp.HeaderSession, other); w.Code != http.StatusAccepted {
				t.Errorf("the answer = %d", w.Code)
			}
			synctest.Wait()
			if call.ended() {
				t.Errorf("the call ended with %q", call.messages())
			}
		})
	})
	t.Run("a client is not asked what it did not declare", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			w := post(t, h, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}`)
			call := post(t, h, toolsCall, mcp.HeaderSession, w.Header().Get(mcp.HeaderSession))
			if !strings.Contains(call.Body.String(), "did not declare") {
				t.Errorf("got %s", call.Body)
			}
		})
	})
	t.Run("a client of JSON alone is asked on its open stream", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			id := open(t, h, mcp.R20250618)
			without := send(t, h, alice, id, toolsCall, "Accept", "application/json")
			if got := without.text(); !strings.Contains(got, "no stream open") {
				t.Errorf("without one it got %s", got)
			}
			stream := get(t, h, alice, id, "")
			call := send(t, h, alice, id, toolsCall, "Accept", "application/json")
			q, _ := question(t, stream)
			post(t, h, reply(q, `{"action":"accept"}`), mcp.HeaderSession, id)
			<-call.done
			if got := call.text(); got != `{"jsonrpc":"2.0","id":7,"result":{"action":"accept"}}` {
				t.Errorf("got %s", got)
			}
		})
	})
	t.Run("a client that lost its stream is asked again on the next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			id := open(t, h, mcp.R20251125)
			call := send(t, h, alice, id, toolsCall)
			primed := call.frames()[0].id
			call.disconnect()
			again := get(t, h, alice, id, primed)
			q, _ := question(t, again)
			post(t, h, reply(q, `{"action":"accept"}`), mcp.HeaderSession, id)
			<-again.done
			if got := again.messages(); len(got) != 2 || !strings.Contains(got[1], `"accept"`) {
				t.Errorf("got %q", got)
			}
		})
	})
}

func TestCancel(t *testing.T) {
	cancelled := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`
	t.Run("a notification ends the call", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var cause error
			h := newHandler(&fake{call: func(ctx context.Context, _ *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return mcp.Result{}, ctx.Err()
			}})
			id := open(t, h, mcp.R20250618)
			call := send(t, h, alice, id, toolsCall)
			post(t, h, cancelled, mcp.HeaderSession, open(t, h, mcp.R20250618))
			synctest.Wait()
			if call.ended() {
				t.Fatal("cancelled from another session")
			}
			if w := post(t, h, cancelled, mcp.HeaderSession, id); w.Code != http.StatusAccepted {
				t.Errorf("cancel = %d", w.Code)
			}
			<-call.done
			if !errors.Is(cause, errCancelled) || call.status != http.StatusAccepted || call.text() != "" {
				t.Errorf("cause %v, answer %d %s", cause, call.status, call.text())
			}
		})
	})
	t.Run("what it asked is cancelled with it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: asking(mcp.MethodElicit)})
			id := open(t, h, mcp.R20250618)
			call := send(t, h, alice, id, toolsCall)
			q, _ := question(t, call)
			post(t, h, cancelled, mcp.HeaderSession, id)
			<-call.done
			want := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + string(q) + `}}`
			if got := call.messages(); len(got) != 2 || got[1] != want {
				t.Errorf("got %q, want %s at last", got, want)
			}
			if c := h.conn(find(t, h, id)); len(c.questions.open) != 0 || len(c.running) != 0 {
				t.Errorf("%d questions and %d calls are left", len(c.questions.open), len(c.running))
			}
		})
	})
}

func TestPeerAfterTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var late mcp.Peer
		h := newHandler(&fake{call: func(_ context.Context, _ *mcp.Request, p mcp.Peer) (mcp.Result, error) {
			late = p
			return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
		}})
		w := send(t, h, alice, open(t, h, mcp.R20251125), toolsCall)
		before := w.text()
		if err := late.Notify(t.Context(), mcp.NoteProgress, nil); err == nil {
			t.Error("Notify went through")
		}
		if _, err := late.Ask(t.Context(), mcp.MethodElicit, nil); err == nil {
			t.Error("Ask went through")
		}
		if w.text() != before {
			t.Errorf("written afterwards: %q", w.text()[len(before):])
		}
	})
}

func TestLogLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: func(ctx context.Context, req *mcp.Request, p mcp.Peer) (mcp.Result, error) {
			for _, level := range []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"} {
				if err := p.Notify(ctx, mcp.NoteMessage, jsontext.Value(`{"level":"`+level+`"}`)); err != nil {
					return mcp.Result{}, err
				}
			}
			return mcp.Result{Raw: jsontext.Value(`{"level":"` + req.Client.LogLevel + `"}`)}, nil
		}})
		id := open(t, h, mcp.R20250618)
		for _, tt := range []struct {
			set  string
			want int
		}{{"", 7}, {"debug", 8}, {"error", 4}, {"emergency", 1}} {
			if tt.set != "" {
				post(t, h, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"`+tt.set+`"}}`, mcp.HeaderSession, id)
			}
			if got := send(t, h, alice, id, toolsCall).messages(); len(got) != tt.want+1 {
				t.Errorf("level %q: %d log messages, want %d", tt.set, len(got)-1, tt.want)
			}
		}
	})
}

// TestAnswersDoNotCross runs many calls at once, in one session and in many:
// each gets its own sum, and its own progress before it.
func TestAnswersDoNotCross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: func(ctx context.Context, req *mcp.Request, p mcp.Peer) (mcp.Result, error) {
			var a, b int
			fmt.Sscanf(mcp.StringMember(req.Params, "name"), "%d+%d", &a, &b)
			if a%2 == 0 {
				p.Notify(ctx, mcp.NoteProgress, jsontext.Value(fmt.Sprintf(`{"progressToken":%d}`, a)))
			}
			if a%3 == 0 {
				answer, err := p.Ask(ctx, mcp.MethodElicit, jsontext.Value(fmt.Sprintf(`{"message":"%d"}`, b)))
				if err != nil || string(answer) != fmt.Sprintf(`{"content":"%d"}`, b) {
					return mcp.Result{}, fmt.Errorf("asked %d, answered %s, %w", b, answer, err)
				}
			}
			time.Sleep(time.Duration(b%7) * time.Millisecond)
			return mcp.Result{Raw: jsontext.Value(fmt.Sprintf(`{"sum":%d}`, a+b))}, nil
		}})
		shared := open(t, h, mcp.R20250618)
		var calls []*wire
		var ids []string
		for i := range 64 {
			id := shared
			if i%4 == 0 {
				id = open(t, h, mcp.R20250618)
			}
			ids = append(ids, id)
			calls = append(calls, send(t, h, alice, id,
				fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%d+%d"}}`, i, i, 1000*i)))
		}
		for i, call := range slices.Backward(calls) {
			if i%3 == 0 {
				q, _ := question(t, call)
				post(t, h, reply(q, fmt.Sprintf(`{"content":"%d"}`, 1000*i)), mcp.HeaderSession, ids[i])
			}
		}
		for i, call := range calls {
			<-call.done
			text := call.text()
			want := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"sum":%d}}`, i, 1001*i)
			if !strings.Contains(text, want) {
				t.Errorf("call %d got %s, want %s", i, text, want)
			}
			token := fmt.Sprintf(`"progressToken":%d}`, i)
			if strings.Count(text, "progressToken") != (i+1)%2 || strings.Contains(text, token) != (i%2 == 0) {
				t.Errorf("call %d got the progress of others: %s", i, text)
			}
		}
	})
}

func TestPanic(t *testing.T) {
	h := newHandler(&fake{call: func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { panic("oops") }})
	w := post(t, h, toolsCall, mcp.HeaderSession, open(t, h, mcp.R20251125))
	if got := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(got, `"code":-32603`) || strings.Contains(got, "oops") {
		t.Errorf("got %d %s", w.Code, got)
	}
}
