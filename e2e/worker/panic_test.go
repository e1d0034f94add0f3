package worker

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/e2e/workerd"
)

// TestPanic ends the program in the middle of a call.
func TestPanic(t *testing.T) {
	t.Parallel()
	s, _ := start(t, trouble)
	token := s.connect(t, "trouble")
	session := s.session(t, token)

	for range 2 {
		r := s.Call(t, token, "crash", `{}`)
		if id := r.Header.Get("X-Request-Id"); r.Status != http.StatusInternalServerError || id == "" || !strings.Contains(r.Body, id) {
			t.Errorf("the call that killed it = %v, request id %q", r, id)
		}
		// What was acknowledged is there: the token, and the session.
		if r := s.Call(t, token, "departed", `{}`); r.Status != http.StatusOK {
			t.Errorf("the next call = %v", r)
		}
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"departed","arguments":{}}}`
		if r := s.send(t, "POST", "/mcp", body, session); r.Status != http.StatusOK {
			t.Errorf("the next call of the session = %v", r)
		}
	}
}

// TestMisconfigured starts what anybody could log in to.
func TestMisconfigured(t *testing.T) {
	t.Parallel()
	dir, elsewhere := workerd.Build(t, command), "https://"+public
	launch := func(env ...string) func() *workerd.Process {
		return func() *workerd.Process {
			return workerd.Start(t, dir, t.TempDir(), append(env, workerd.NewKey())...)
		}
	}
	for _, tt := range []struct {
		name, address string
		launch        func() *workerd.Process
		words         string // for the operator
	}{
		{"a public URL with the development login", "http://localhost:8787", launch("GATEHOUSE_URLS=" + elsewhere), elsewhere + " is none"},
		{"a public name that nobody configured", "http://" + public, launch(), "http://" + public + " is none"},
		{"no way to log in", "http://localhost:8787", launch("GATEHOUSE_URLS="+elsewhere, "DEV_LOGIN=off"), "no way to log in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := at(t, tt.address, new(http.Transport), tt.launch)
			for range 2 {
				r := l.Get(t, "/")
				if id := r.Header.Get("X-Request-Id"); r.Status != http.StatusInternalServerError || id == "" || strings.Contains(r.Body, "login") {
					t.Errorf("it answers %v", r)
				}
			}
			if !strings.Contains(l.process.Load().Said(), tt.words) {
				t.Errorf("the log does not say %q", tt.words)
			}
		})
	}
}
