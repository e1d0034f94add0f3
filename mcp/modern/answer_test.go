package modern_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

// telling is a gateway that sends these notifications before its result.
func telling(notes ...[2]string) behind {
	return behind{call: func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (string, error) {
		for _, n := range notes {
			if err := peer.Notify(ctx, n[0], jsontext.Value(n[1])); err != nil {
				return "", err
			}
		}
		return `{}`, nil
	}}
}

var (
	progress = [2]string{mcp.NoteProgress, `{"progressToken":"p","progress":1}`}
	warning  = [2]string{mcp.NoteMessage, `{"level":"warning","data":"hot"}`}
	info     = [2]string{mcp.NoteMessage, `{"level":"info","data":"warm"}`}
	changed  = [2]string{mcp.NoteToolsChanged, `{}`}
)

func TestAStreamTellsOnlyWhatTheClientWants(t *testing.T) {
	asked := func(members string) string { return strings.Replace(meta, "{", "{"+members, 1) }
	tests := []struct {
		name, meta string
		accept     string
		want       []string // methods before the result, or nil if it is no stream
	}{
		{"a client that wants nothing gets JSON", meta, "", nil},
		{"progress for its token", asked(`"progressToken":"p",`), "", []string{mcp.NoteProgress}},
		{"none for the token of another", asked(`"progressToken":"q",`), "", nil},
		{"logs from its level up", asked(`"io.modelcontextprotocol/logLevel":"notice",`), "", []string{mcp.NoteMessage}},
		{"all logs", asked(`"io.modelcontextprotocol/logLevel":"debug",`), "", []string{mcp.NoteMessage, mcp.NoteMessage}},
		{"nothing if it takes no stream", asked(`"progressToken":"p",`), "application/json", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, "tools/list", tt.meta)
			if tt.accept != "" {
				r.Header.Set("Accept", tt.accept)
			}
			w, err := post(t, &modern.Handler{Gateway: telling(progress, warning, info, changed)}, r)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == nil {
				if !strings.HasPrefix(w.Body.String(), `{"jsonrpc":"2.0","id":1,"result":`) {
					t.Errorf("got %s, want JSON", w.Body)
				}
				return
			}
			got := frames(w)
			if len(got) != len(tt.want)+1 || !strings.Contains(got[len(got)-1], `"result"`) {
				t.Fatalf("got %v, want %v and a result", got, tt.want)
			}
			for i, method := range tt.want {
				if !strings.Contains(got[i], `"method":"`+method+`"`) {
					t.Errorf("frame %d = %s, want %s", i, got[i], method)
				}
			}
		})
	}
}

func TestAnAnswerThatTakesLongBecomesAStream(t *testing.T) {
	slow := behind{call: func(context.Context, *mcp.Request, mcp.Peer) (string, error) {
		time.Sleep(20 * time.Second)
		return "", mcp.MissingCapability(jsontext.Value(`{"roots":{}}`))
	}}
	synctest.Test(t, func(t *testing.T) {
		w, err := post(t, &modern.Handler{Gateway: slow}, request(t, "tools/list", meta))
		got := frames(w)
		if err != nil || w.Code != 200 || len(got) != 1 || !strings.Contains(got[0], `"code":-32021`) {
			t.Errorf("got %d %s %v, want the error as an event", w.Code, w.Body, err)
		}
		if !strings.HasPrefix(w.Body.String(), ": keep-alive\n\n") {
			t.Errorf("got %s, want a comment after 16 s", w.Body)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := request(t, "tools/list", meta)
		r.Header.Set("Accept", "application/json")
		if w, _ := post(t, &modern.Handler{Gateway: slow}, r); w.Code != 400 {
			t.Errorf("without streams: %d %s, want 400", w.Code, w.Body)
		}
	})
}

func TestNothingIsWrittenAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept mcp.Peer
		h := &modern.Handler{Gateway: behind{call: func(_ context.Context, _ *mcp.Request, peer mcp.Peer) (string, error) {
			kept = peer
			return `{}`, nil
		}}}
		w, _ := post(t, h, request(t, "tools/list", strings.Replace(meta, "{", `{"progressToken":"p",`, 1)))
		before := w.Body.String()
		if err := kept.Notify(t.Context(), progress[0], jsontext.Value(progress[1])); err == nil {
			t.Error("Notify after the answer went well")
		}
		time.Sleep(time.Minute)
		if w.Body.String() != before {
			t.Errorf("written after the answer: %s", w.Body)
		}
	})
}

func TestAPanicLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &modern.Handler{Gateway: behind{call: func(context.Context, *mcp.Request, mcp.Peer) (string, error) { panic("oops") }}}
		defer func() {
			if recover() == nil {
				t.Error("the panic did not come through")
			}
		}()
		post(t, h, request(t, "tools/list", meta)) // a timer left running would hang the bubble, or write
	})
}

func TestAModernClientCannotBeAsked(t *testing.T) {
	h := &modern.Handler{Gateway: behind{call: func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (string, error) {
		if _, err := peer.Ask(ctx, mcp.MethodElicit, nil); !errors.Is(err, mcp.ErrCannotAsk) {
			t.Errorf("Ask = %v, want %v", err, mcp.ErrCannotAsk)
		}
		return `{"resultType":"input_required","requestState":"s"}`, nil
	}}}
	r := request(t, "tools/call", `"name":"add",`+meta)
	r.Header.Set("Mcp-Name", "add")
	if w, _ := post(t, h, r); !strings.Contains(w.Body.String(), `"resultType":"input_required"`) {
		t.Errorf("got %s", w.Body)
	}
}
