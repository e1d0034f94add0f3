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
		r := s.call(t, token, "crash", `{}`)
		if id := r.header.Get("X-Request-Id"); r.status != http.StatusInternalServerError || id == "" || !strings.Contains(r.body, id) {
			t.Errorf("the call that killed it = %v, request id %q", r, id)
		}
		// What was acknowledged is there: the token, and the session.
		if r := s.call(t, token, "departed", `{}`); r.status != http.StatusOK {
			t.Errorf("the next call = %v", r)
		}
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"departed","arguments":{}}}`
		if r := s.send(t, "POST", "/mcp", body, session); r.status != http.StatusOK {
			t.Errorf("the next call of the session = %v", r)
		}
	}
}

// TestMisconfigured starts what may not start.
func TestMisconfigured(t *testing.T) {
	t.Parallel()
	const elsewhere = "GATEHOUSE_URLS=https://mcp.example.com" // with the development login
	s := newSite(workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), elsewhere).URL)
	for range 2 {
		r := s.send(t, "GET", "/", "", nil)
		if id := r.header.Get("X-Request-Id"); r.status != http.StatusInternalServerError || id == "" || strings.Contains(r.body, "login") {
			t.Errorf("a Worker that anybody could log in to answers %v", r)
		}
	}
}
