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

	if r := s.send(t, "GET", "/", "", nil); r.status != http.StatusOK || !strings.Contains(r.body, s.url+"/mcp") {
		t.Errorf("the home page = %v", r)
	}
	if r := s.send(t, "POST", "/mcp", "{}", nil); r.status != http.StatusUnauthorized || !strings.Contains(r.header.Get("WWW-Authenticate"), s.url) {
		t.Errorf("a stranger's call = %v, %q", r, r.header.Get("WWW-Authenticate"))
	}
	if r := s.send(t, "GET", "/healthz", "", http.Header{"Origin": {"https://elsewhere.example"}}); r.status != http.StatusOK {
		t.Errorf("health = %v", r)
	}
	token := s.connect(t, "math whoami")

	if r := s.call(t, token, "add", `{"a":40,"b":2}`); r.status != http.StatusOK || !strings.Contains(r.body, `{"result":42}`) {
		t.Errorf("a call of 2026-07-28 = %v", r)
	}
	if r := s.call(t, token, "whoami", `{}`); r.status != http.StatusOK || !strings.Contains(r.body, `"name":"ada"`) {
		t.Errorf("whoami = %v", r)
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}`
	if r := s.send(t, "POST", "/mcp", body, s.session(t, token)); r.status != http.StatusOK || !strings.Contains(r.body, `{"result":3}`) {
		t.Errorf("a call of 2025-11-25 = %v", r)
	}
}
