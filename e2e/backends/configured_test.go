package backends

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/mcp"
)

// greet has a tool greet somebody, and returns the answer.
func (p *place) greet(t *testing.T, token, tool string) road.Reply {
	t.Helper()
	return p.Call(t, token, tool, `{"name":"Ada"}`)
}

// TestBackends serves a block of Claude Desktop with a child process in it,
// and servers elsewhere of several revisions, to a person who logged in.
func TestBackends(t *testing.T) {
	t.Parallel()
	modern := startElsewhere(t, newServer("Hello", "Greets."), mcp.R20260728)
	legacy := startElsewhere(t, newServer("Bonjour", "Greets."), mcp.R20250618)
	oldest := startElsewhere(t, newServer("Salve", "Greets."), mcp.R20241105)
	p := start(t, fmt.Sprintf(`
mcpServers: {
	"Local Files": %s,
	"modern": {"type": "http", "url": %q, "headers": {"Authorization": "Bearer ${env:UPSTREAM_TOKEN}"}}
}
backends:
  legacy: {url: %q, auth: {basic: {user: me, password: pw}}, description: Greet in French}
  oldest: {url: %q, prefix: "", tools: {override: {greet: {name: salute, description: Salutes.}}}}
  math: {disabled: true}
`, child(t, "Hi"), modern.url, legacy.url, oldest.url), "UPSTREAM_TOKEN=key-of-the-backend")
	who := p.Connect(t, p.Person("ada"), "local-files modern legacy oldest whoami")

	for tool, want := range map[string]string{
		"local-files_greet": "Hi from",
		"modern_greet":      "Hello, Ada",
		"legacy_greet":      "Bonjour, Ada",
		"salute":            "Salve, Ada",
		"whoami":            `"name":"ada"`,
	} {
		if r := p.greet(t, who.Access, tool); tool != "whoami" && !r.Has(http.StatusOK, want) {
			t.Errorf("%s = %v, want %s", tool, r, want)
		}
	}
	if r := p.Call(t, who.Access, "whoami", `{}`); !r.Has(http.StatusOK, `"name":"ada"`) {
		t.Errorf("whoami = %v", r)
	}
	list := p.tools(t, who.Access)
	for _, tool := range []string{`"local-files_greet"`, `"modern_greet"`, `"legacy_greet"`, `"salute"`, `"description":"Salutes."`, `"whoami"`} {
		if !strings.Contains(list, tool) {
			t.Errorf("the list has no %s: %s", tool, list)
		}
	}
	if strings.Contains(list, `"add"`) {
		t.Errorf("math is disabled, but listed: %s", list)
	}

	// The backends see what the operator gave for them, and never the person's
	// own token.
	if got, want := modern.credentials(), []string{"Bearer key-of-the-backend"}; !slices.Equal(got, want) {
		t.Errorf("modern was sent %q", got)
	}
	if got, want := legacy.credentials(), []string{"Basic bWU6cHc="}; !slices.Equal(got, want) {
		t.Errorf("legacy was sent %q", got)
	}
	if got, want := oldest.credentials(), []string{""}; !slices.Equal(got, want) {
		t.Errorf("oldest was sent %q", got)
	}

	// A token is good for the backends that it has the scopes of.
	few := p.Connect(t, p.Person("ada"), "modern")
	if r := p.greet(t, few.Access, "modern_greet"); !r.Has(http.StatusOK, "Hello") {
		t.Errorf("modern_greet = %v", r)
	}
	if r := p.greet(t, few.Access, "legacy_greet"); r.Status != http.StatusForbidden || !strings.Contains(r.Header.Get("WWW-Authenticate"), "legacy") {
		t.Errorf("legacy_greet without its scope = %v, %q", r, r.Header.Get("WWW-Authenticate"))
	}
	if said := string(p.log.Tail(1 << 20)); strings.Contains(said, "key-of-the-backend") || strings.Contains(said, who.Access) {
		t.Error("the log holds a secret")
	}
}

// tools is the list that a client of 2026-07-28 reads.
func (p *place) tools(t *testing.T, token string) string {
	t.Helper()
	return p.Ask(t, road.Request{
		Token:  token,
		Body:   `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + road.Meta + `}}`,
		Header: http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/list"}},
	}).Body
}
