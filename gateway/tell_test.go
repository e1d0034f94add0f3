package gateway

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

func TestANotificationReachesTheBackendsOfTheToken(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	listens := func(name string) *script {
		return &script{
			offers: func(context.Context) (*Catalog, error) { return new(Catalog), nil },
			does: func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, name+" "+req.Method)
				return mcp.Result{Raw: jsontext.Value(`{}`)}, mcp.MethodNotFound(req.Method)
			},
		}
	}
	g := &Gateway{Log: slog.New(slog.DiscardHandler)}
	defer g.Close()
	g.SetMounts([]Mount{
		{Name: "a", Backend: listens("a")},
		{Name: "b", Backend: listens("b"), Scopes: []string{"other"}},
		{Name: "c", Backend: listens("c"), Scopes: []string{"test"}},
	})
	who := identity.Principal{Subject: "dev:alice", Scopes: []string{"test"}}
	if _, err := g.Describe(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	res, err := g.Call(t.Context(), who, &mcp.Request{Method: mcp.NoteRootsChanged}, nil)
	slices.Sort(heard) // all are told at once
	if want := []string{"a " + mcp.NoteRootsChanged, "c " + mcp.NoteRootsChanged}; err != nil || string(res.Raw) != `{}` || !slices.Equal(heard, want) {
		t.Errorf("got %s, %v, heard %q, want %q", res.Raw, err, heard, want)
	}
}

func TestABackendThatHangsKeepsANotificationFromNoOther(t *testing.T) {
	hanging, other := &script{offers: offer(oneTool("a"))}, &script{offers: offer(oneTool("b"))}
	hanging.does = func(ctx context.Context, _ *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		<-ctx.Done()
		return mcp.Result{}, ctx.Err()
	}
	inBubble(t, []Mount{{Name: "a", Backend: hanging}, {Name: "b", Backend: other}}, func(t *testing.T, g *Gateway) {
		list(t, g, "tools/list")
		began := time.Now()
		go func() { _, _ = call(t, g, alice, mcp.NoteRootsChanged, `{}`) }()
		synctest.Wait()
		if other.calls.Load() != 1 {
			t.Error("the other was not told")
		}
		if _, err := call(t, g, alice, mcp.NoteRootsChanged, `{}`); err != nil || time.Since(began) != tellTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
