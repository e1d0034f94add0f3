package hold

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestWhatAClientDidNotDeclareItIsNotAsked(t *testing.T) {
	for _, tt := range []struct{ name, capabilities, method, params, want string }{
		{"no elicitation", `{"sampling":{}}`, mcp.MethodElicit, `{}`, `{"requiredCapabilities":{"elicitation":{}}}`},
		{"no elicitation by URL", `{"elicitation":{"form":{}}}`, mcp.MethodElicit, `{"mode":"url"}`, `{"requiredCapabilities":{"elicitation":{"url":{}}}}`},
		{"no sampling", `{}`, mcp.MethodCreateMessage, `{}`, `{"requiredCapabilities":{"sampling":{}}}`},
		{"no roots", `{}`, mcp.MethodRootsList, ``, `{"requiredCapabilities":{"roots":{}}}`},
		{"what nobody knows", able, "acme/ask", ``, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asks := call(func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
					_, err := peer.Ask(ctx, tt.method, jsontext.Value(tt.params))
					e, ok := errors.AsType[*mcp.Error](err)
					if !ok || string(e.Data) != tt.want {
						t.Errorf("Ask = %v, want %s", err, tt.want)
					}
					return says("ok"), nil
				}, "")
				asks.Request.Client.Capabilities = jsontext.Value(tt.capabilities)
				if res, err := newCalls().Do(t.Context(), asks); err != nil || string(res.Raw) != `{"said":"ok"}` {
					t.Errorf("result %s, %v", res.Raw, err)
				}
			})
		})
	}
}

func TestNotificationsGoToWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			tell := func(n string) {
				if err := peer.Notify(ctx, mcp.NoteProgress, jsontext.Value(`{"progressToken":7,"progress":`+n+`}`)); err != nil {
					t.Error(err)
				}
			}
			tell("1")
			var between sync.WaitGroup
			between.Go(func() {
				time.Sleep(time.Minute)
				tell("2")
			})
			_, err := greet(ctx, req, peer)
			between.Wait()
			tell("3")
			context.AfterFunc(ctx, func() {
				if err := peer.Notify(context.Background(), mcp.NoteMessage, nil); err == nil {
					t.Error("a call that is over told something")
				}
			})
			return says("ok"), err
		}
		first := call(f, "")
		res, err := c.Do(t.Context(), first)
		a := mustAsk(t, res, err)
		time.Sleep(2 * time.Minute)
		second := call(nil, a.with(`{}`))
		second.Request.Params = mcp.WithMeta(second.Request.Params, mcp.MetaProgressToken, jsontext.Value(`"new"`))
		if _, err := c.Do(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{`notifications/progress {"progressToken":7,"progress":1}`, `notifications/progress {"progressToken":"new","progress":3}`} {
			if got := []Call{first, second}[i].Peer.(*listener).notes; len(got) != 1 || got[0] != want {
				t.Errorf("request %d was told %q, want %s", i+1, got, want)
			}
		}
	})
}

func TestTheServerMeetsAnOlderClient(t *testing.T) {
	var got *mcp.Request
	see := func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		got = req
		return says("ok"), nil
	}
	for _, method := range []string{mcp.MethodToolsCall, mcp.MethodComplete} {
		c := call(see, `,"inputResponses":{},"arguments":{"a": 1}`)
		c.Request.Method = method
		if _, err := newCalls().Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if want := `{"name":"t","_meta":{"progressToken":7},"arguments":{"a": 1}}`; string(got.Params) != want || got.Client.Revision != mcp.R20251125 {
			t.Errorf("%s: the server got %s of %s, want %s", method, got.Params, got.Client.Revision, want)
		}
		if c.Request.Client.Revision != mcp.R20260728 {
			t.Error("the client's own request has changed")
		}
	}
	legacy := call(see, "")
	legacy.Request.Client.Revision = mcp.R20250618
	if _, err := newCalls().Do(t.Context(), legacy); err != nil || got != legacy.Request {
		t.Errorf("a client that can be asked: %v", err)
	}
}
