package legacy

import (
	"context"
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

// watched is a gateway's watches, for a test to speak on.
type watched struct {
	fake
	all []*standing
}

type standing struct {
	ctx     context.Context
	changes mcp.Changes
	notify  func(string, jsontext.Value)
}

func newWatched() *watched {
	w := new(watched)
	w.watch = func(ctx context.Context, changes mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error) {
		w.all = append(w.all, &standing{ctx, changes, notify})
		return changes, nil
	}
	return w
}

// live are the watches that stand.
func (w *watched) live() []*standing {
	return slices.DeleteFunc(slices.Clone(w.all), func(s *standing) bool { return s.ctx.Err() != nil })
}

func subscribe(t *testing.T, h *Handler, id, method, uri string) string {
	t.Helper()
	return post(t, h, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{"uri":"`+uri+`"}}`, mcp.HeaderSession, id).Body.String()
}

const done = `{"jsonrpc":"2.0","id":1,"result":{}}`

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newWatched()
		h := newHandler(&g.fake)
		id := open(t, h, mcp.R20250618)

		if got := subscribe(t, h, id, mcp.MethodSubscribe, "file:///a"); got != done {
			t.Errorf("subscribe = %s", got)
		}
		if len(g.all) != 0 {
			t.Error("watched although no stream is open")
		}

		stream := get(t, h, alice, id, "")
		subscribe(t, h, id, mcp.MethodSubscribe, "file:///b")
		subscribe(t, h, id, mcp.MethodUnsubscribe, "file:///a")
		live := g.live()
		if len(live) != 1 || !live[0].changes.Tools || !live[0].changes.Prompts || !live[0].changes.Resources ||
			!slices.Equal(live[0].changes.URIs, []string{"file:///b"}) {
			t.Fatalf("%d watches, %+v", len(live), live)
		}

		g.all[0].notify(mcp.NoteToolsChanged, nil) // of a watch that is over
		live[0].notify(mcp.NoteToolsChanged, nil)
		live[0].notify(mcp.NoteResourceUpdated, jsontext.Value(`{"uri":"file:///b"}`))
		want := []string{
			`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`,
			`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///b"}}`,
		}
		if got := stream.messages(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}

		// A client that comes back soon has missed nothing.
		last := stream.frames()[1].id
		stream.disconnect()
		time.Sleep(watchGrace / 2)
		live[0].notify(mcp.NotePromptsChanged, nil)
		again := get(t, h, alice, id, last)
		if got := again.messages(); !slices.Equal(got, []string{`{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`}) {
			t.Errorf("got %q", got)
		}
		time.Sleep(2 * watchGrace)
		if len(g.live()) != 1 {
			t.Errorf("%d watches while the stream is open", len(g.live()))
		}

		// Without a stream there is no watch for long.
		again.disconnect()
		time.Sleep(watchGrace + time.Second)
		if len(g.live()) != 0 {
			t.Errorf("%d watches long after the stream", len(g.live()))
		}
	})
}

func TestTwoStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newWatched()
		h := newHandler(&g.fake)
		id := open(t, h, mcp.R20250618)
		first, second := get(t, h, alice, id, ""), get(t, h, alice, id, "")
		if len(g.live()) != 1 {
			t.Fatalf("%d watches", len(g.live()))
		}
		g.live()[0].notify(mcp.NoteToolsChanged, nil)
		if len(first.messages())+len(second.messages()) != 1 {
			t.Errorf("each message goes to one stream; the first got %q, the second %q", first.messages(), second.messages())
		}
		second.mu.Lock()
		second.broken = true // and nobody has noticed yet
		second.mu.Unlock()
		g.live()[0].notify(mcp.NotePromptsChanged, nil)
		if got := first.messages(); len(got) != 1 || !strings.Contains(got[0], "prompts") {
			t.Errorf("the first stream got %q", got)
		}
	})
}

func TestSubscriptionsAreBounded(t *testing.T) {
	h := newHandler(new(fake))
	id := open(t, h, mcp.R20250618)
	for i := range maxSubscriptions {
		if got := subscribe(t, h, id, mcp.MethodSubscribe, fmt.Sprintf("file:///%d", i)); got != done {
			t.Fatal(got)
		}
	}
	for _, uri := range []string{"file:///one-more", "", "file:///" + strings.Repeat("x", maxURI)} {
		if got := subscribe(t, h, id, mcp.MethodSubscribe, uri); !strings.Contains(got, `"code":-32602`) {
			t.Errorf("subscribe to %.20q = %s", uri, got)
		}
	}
	if got := subscribe(t, h, id, mcp.MethodSubscribe, "file:///1"); got != done {
		t.Errorf("to one it has = %s", got)
	}
	if got := subscribe(t, h, id, mcp.MethodUnsubscribe, "file:///nope"); got != done {
		t.Errorf("unsubscribe from one it has not = %s", got)
	}
}

func TestOtherPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: echo})
		id := open(t, h, mcp.R20251125)
		mallory := alice
		mallory.Subject = "dev:mallory"
		if w := send(t, h, mallory, id, toolsCall); w.status != http.StatusNotFound {
			t.Errorf("POST = %d", w.status)
		}
		if w := get(t, h, mallory, id, ""); w.status != http.StatusNotFound {
			t.Errorf("GET = %d", w.status)
		}
	})
}
