package gateway

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

func TestANotificationReachesTheBackendsOfTheToken(t *testing.T) {
	var heard []string
	listens := func(name string) *script {
		return &script{
			offers: func(context.Context) (*Catalog, error) { return new(Catalog), nil },
			does: func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
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
	if want := []string{"a " + mcp.NoteRootsChanged, "c " + mcp.NoteRootsChanged}; err != nil || string(res.Raw) != `{}` || !slices.Equal(heard, want) {
		t.Errorf("got %s, %v, heard %q, want %q", res.Raw, err, heard, want)
	}
}
