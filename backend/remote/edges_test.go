package remote_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/backend/backendtest"
	"gatehouse/backend/gosdk"
	"gatehouse/gateway"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
	"gatehouse/mcp/hold"
	"gatehouse/mcp/legacy"
	"gatehouse/mcp/modern"
	"gatehouse/mcp/session"
	"gatehouse/store"
	"gatehouse/store/mem"
)

type unrecorded struct{}

func (unrecorded) Record(context.Context, audit.Event) error { return nil }

// house serves the suite as this house does, without a login. It can lose its
// sessions, as by a restart.
type house struct {
	gateway *gateway.Gateway
	modern  *modern.Handler
	only    mcp.Revision // "" serves every revision

	mu     sync.Mutex
	legacy *legacy.Handler
}

func newHouse(t *testing.T, only mcp.Revision) *house {
	t.Helper()
	b, err := gosdk.New("suite", backendtest.NewServer())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway.Gateway{
		Info:  jsontext.Value(`{"name":"house","version":"1"}`),
		Audit: unrecorded{},
		Log:   slog.New(slog.DiscardHandler),
		Held:  &hold.Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now},
	}
	g.SetMounts([]gateway.Mount{{Name: "suite", Backend: b, AsksInCall: true}})
	t.Cleanup(func() { g.Close() })
	h := &house{gateway: g, modern: &modern.Handler{Gateway: g, Info: g.Info}, only: only}
	h.restart()
	return h
}

// restart forgets all sessions.
func (h *house) restart() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.legacy = &legacy.Handler{Gateway: h.gateway, Sessions: session.New(new(mem.KV), session.Config{PerPerson: 1000}), Log: h.gateway.Log}
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	old := h.legacy
	h.mu.Unlock()
	who := backendtest.Alice
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sse := h.only == mcp.R20241105
	switch {
	case r.Method == http.MethodDelete:
		_ = old.Delete(w, r, who)
		return
	case r.Method == http.MethodGet && sse:
		_ = old.Stream(w, r, who)
		return
	case r.Method == http.MethodGet && h.only.Modern():
		modern.Refuse(w, r)
		return
	case r.Method == http.MethodGet:
		_ = old.Get(w, r, who)
		return
	}
	msgs, batch, err := mcp.DecodeBatch(body, mcp.DefaultLimits)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch isModern := mcp.IsModern(r.Header, &msgs[0]); {
	case sse && !strings.HasSuffix(r.URL.Path, "/message"):
		http.Error(w, "no such thing", http.StatusMethodNotAllowed)
	case h.only != "" && isModern != h.only.Modern():
		http.Error(w, "not initialized", http.StatusBadRequest)
	case isModern:
		_ = h.modern.Post(w, r, who, msgs[0])
	case sse:
		_ = old.Message(w, r, who, msgs, batch)
	default:
		_ = old.Post(w, r, who, msgs, batch)
	}
}

// withoutAsk is a backend whose tool "ask" the suite does not see.
type withoutAsk struct{ gateway.Backend }

func (b withoutAsk) Catalog(ctx context.Context) (*gateway.Catalog, error) {
	c, err := b.Backend.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	same, _ := seen.Load(c)
	if same == nil {
		own := *c
		own.Tools = nil
		for _, e := range c.Tools {
			if e.Name != "ask" {
				own.Tools = append(own.Tools, e)
			}
		}
		same, _ = seen.LoadOrStore(c, &own)
	}
	return same.(*gateway.Catalog), nil
}

var seen sync.Map // catalogs, by those they were made of

func TestThisHouseAsABackendPassesTheSuite(t *testing.T) {
	for _, only := range []mcp.Revision{mcp.R20260728, mcp.R20251125, mcp.R20241105} {
		t.Run(string(only), func(t *testing.T) {
			url := serve(t, newHouse(t, only))
			backendtest.Run(t, func(t *testing.T) gateway.Backend {
				b := open(t, client.Config{URL: url})
				if only == mcp.R20251125 {
					return b
				}
				return withoutAsk{b} // asks by its result, or on the stream that all calls share
			})
		})
	}
}

func TestASessionThatTheServerForgotIsOpenedAnew(t *testing.T) {
	h := newHouse(t, mcp.R20251125)
	b := open(t, client.Config{URL: serve(t, h)})
	defer b.Close()
	for range 3 {
		var all sync.WaitGroup
		for _, c := range backendtest.Clients() {
			all.Go(func() {
				res, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(c, mcp.MethodToolsCall, "add", `{"a":2,"b":3}`, ""), new(backendtest.Peer))
				if err != nil || !strings.Contains(string(res.Raw), "5") {
					t.Errorf("%s: %s, %v", c.Revision, res.Raw, err)
				}
			})
		}
		all.Wait()
		h.restart()
	}
}

func TestALineThatBreaksIsOpenedAnew(t *testing.T) {
	server := httptest.NewServer(newHouse(t, mcp.R20241105))
	defer server.Close()
	b := open(t, client.Config{URL: server.URL})
	defer b.Close()
	legacy := backendtest.Clients()[1]
	for range 3 {
		if res, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(legacy, mcp.MethodToolsCall, "add", `{"a":2,"b":3}`, ""), new(backendtest.Peer)); err != nil {
			t.Fatalf("call = %s, %v", res.Raw, err)
		}
		hangs := make(chan error, 1)
		go func() {
			_, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(legacy, mcp.MethodToolsCall, "wait", `{}`, ""), new(backendtest.Peer))
			hangs <- err
		}()
		time.Sleep(20 * time.Millisecond)
		server.CloseClientConnections()
		if err := <-hangs; !errors.Is(err, fault.Unavailable) {
			t.Errorf("the call in flight: %v", err)
		}
	}
}

func TestAWatchGoesOnAfterTheServer(t *testing.T) {
	for _, only := range []mcp.Revision{mcp.R20260728, mcp.R20251125, mcp.R20241105} {
		t.Run(string(only), func(t *testing.T) {
			server := httptest.NewServer(newHouse(t, only))
			defer server.Close()
			b := open(t, client.Config{URL: server.URL})
			defer b.Close()
			heard := make(chan string, 16)
			honoured, err := b.Watch(t.Context(), backendtest.Alice, backendtest.Clients()[1], mcp.Changes{Tools: true}, func(method string, _ jsontext.Value) { heard <- method })
			if err != nil || !honoured.Tools {
				t.Fatalf("Watch = %+v, %v", honoured, err)
			}
			server.CloseClientConnections()
			grow := func(name string) {
				modern := backendtest.Clients()[0]
				for {
					_, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(modern, mcp.MethodToolsCall, "grow", `{"name":"`+name+`"}`, ""), new(backendtest.Peer))
					if err == nil {
						return
					}
				}
			}
			for _, name := range []string{"one", "two"} {
				grow(name)
				select {
				case <-heard:
				case <-time.After(5 * time.Second):
					t.Fatal("nothing was heard")
				}
				eventually(t, "the catalog lists the tool", func() bool {
					c, err := b.Catalog(t.Context())
					return err == nil && slices.ContainsFunc(c.Tools, func(e gateway.Entry) bool { return e.Name == name })
				})
			}
		})
	}
}
