package host_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/backend/builtin"
	"gatehouse/e2e/road"
	"gatehouse/gateway"
	"gatehouse/host"
	"gatehouse/mcp"
	"gatehouse/oauth/idp/dev"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// server is a host on a loopback port, with the development login and a tool.
type server struct {
	road.Site
	t       testing.TB
	kv      store.KV
	handler http.Handler
}

type pair struct{ A, B float64 }

func start(t testing.TB, change func(*host.Config)) *server {
	t.Helper()
	return startOn(t, new(mem.KV), change)
}

func startOn(t testing.TB, kv store.KV, change func(*host.Config)) *server {
	t.Helper()
	return startWith(t, kv, change, func(*host.Parts) {})
}

// startWith starts a host with some parts replaced.
func startWith(t testing.TB, kv store.KV, change func(*host.Config), replace func(*host.Parts)) *server {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	s := &server{Site: road.New("http://" + srv.Listener.Addr().String()), t: t, kv: kv}
	c := host.Config{
		Name:         "Test",
		URLs:         []string{s.URL},
		Dev:          true,
		Registration: true,
		Limits:       host.Limits{Body: 4 << 20, JSON: mcp.DefaultLimits, Sessions: 64, Streams: 32},
		Tokens:       host.Tokens{Access: time.Hour, RefreshIdle: 24 * time.Hour, Grant: 48 * time.Hour},
	}
	if change != nil {
		change(&c)
	}
	recorder := audit.NewRecorder(audit.Discard{}, audit.Options{})
	parts := host.Parts{
		Store:     kv,
		Keys:      store.NewKeyring(store.NewKey()),
		Audit:     recorder,
		Mounts:    []gateway.Mount{{Name: "math", Scopes: []string{"math"}, Backend: mathBackend(t)}},
		ScopeText: map[string]string{"math": "Calculate", "math:admin": "Wipe the slate"},
		Providers: []login.Provider{dev.Provider()},
		Log:       slog.New(slog.DiscardHandler),
		Version:   "test",
	}
	replace(&parts)
	h, err := host.New(c, parts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler, s.handler = h, h
	srv.Start()
	t.Cleanup(func() {
		h.EndStreams()
		srv.Close()
		h.Close()
		recorder.Close(context.Background())
	})
	return s
}

func mathBackend(t testing.TB) gateway.Backend {
	add := func(_ context.Context, in pair) (map[string]float64, error) {
		return map[string]float64{"sum": in.A + in.B}, nil
	}
	boom := func(context.Context, struct{}) (map[string]float64, error) { panic("boom") }
	var tools []builtin.Tool
	for name, made := range map[string]func() (builtin.Tool, error){
		"add":  func() (builtin.Tool, error) { return builtin.NewTool("add", "Adds.", add) },
		"boom": func() (builtin.Tool, error) { return builtin.NewTool("boom", "Panics.", boom) },
		"wipe": func() (builtin.Tool, error) {
			return builtin.NewTool("wipe", "Wipes.", boom, builtin.Scope("math:admin"))
		},
	} {
		tool, err := made()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tools = append(tools, tool)
	}
	b, err := builtin.NewTools("math", tools...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// connect walks the whole road for somebody.
func (s *server) connect(name, scope string) road.Tokens {
	s.t.Helper()
	return s.Connect(s.t, s.Person(name), scope)
}

// send makes one request and returns its status and body.
func (s *server) send(method, path, token, body string, header http.Header) (int, string) {
	s.t.Helper()
	status, _, text := s.sendAll(method, path, token, body, header)
	return status, text
}

func (s *server) sendAll(method, path, token, body string, header http.Header) (int, http.Header, string) {
	s.t.Helper()
	r := s.Ask(s.t, road.Request{Method: method, Path: path, Token: token, Body: body, Header: header})
	return r.Status, r.Header, r.Body
}

// modern calls a tool as a client of 2026-07-28 does.
func (s *server) modern(token, tool, arguments string) (int, http.Header, string) {
	s.t.Helper()
	r := s.Call(s.t, token, tool, arguments)
	return r.Status, r.Header, r.Body
}

// legacy calls a tool in a session.
func (s *server) legacy(token, session, tool, arguments string) (int, string) {
	s.t.Helper()
	r := s.Ask(s.t, road.LegacyCall(token, session, "1", tool, arguments))
	return r.Status, r.Body
}
