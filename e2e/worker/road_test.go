package worker

import (
	"net/http"
	"strings"
	"testing"
)

const (
	command = "gatehouse/cmd/gatehouse"
	trouble = "gatehouse/e2e/worker/trouble"
)

// TestRoad goes from the home page to the result of a tool.
func TestRoad(t *testing.T) {
	t.Parallel()
	s, _ := start(t, command)

	if r := s.send(t, "GET", "/", "", nil); r.Status != http.StatusOK || !strings.Contains(r.Body, s.URL+"/mcp") {
		t.Errorf("the home page = %v", r)
	}
	if r := s.send(t, "POST", "/mcp", "{}", nil); r.Status != http.StatusUnauthorized || !strings.Contains(r.Header.Get("WWW-Authenticate"), s.URL) {
		t.Errorf("a stranger's call = %v, %q", r, r.Header.Get("WWW-Authenticate"))
	}
	if r := s.send(t, "GET", "/healthz", "", http.Header{"Origin": {"https://elsewhere.example"}}); r.Status != http.StatusOK {
		t.Errorf("health = %v", r)
	}
	token := s.connect(t, "math whoami")

	if r := s.Call(t, token, "add", `{"a":40,"b":2}`); r.Status != http.StatusOK || !strings.Contains(r.Body, `{"result":42}`) {
		t.Errorf("a call of 2026-07-28 = %v", r)
	}
	if r := s.Call(t, token, "whoami", `{}`); r.Status != http.StatusOK || !strings.Contains(r.Body, `"name":"ada"`) {
		t.Errorf("whoami = %v", r)
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}`
	if r := s.send(t, "POST", "/mcp", body, s.session(t, token)); r.Status != http.StatusOK || !strings.Contains(r.Body, `{"result":3}`) {
		t.Errorf("a call of 2025-11-25 = %v", r)
	}
}
