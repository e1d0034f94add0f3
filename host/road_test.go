package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/host"
	"gatehouse/store/mem"
)

func TestRoad(t *testing.T) {
	s := start(t, nil)
	alice := s.connect("alice", "")

	t.Run("a modern client calls", func(t *testing.T) {
		status, _, body := s.modern(alice.Access, "add", `{"A":2,"B":3}`)
		if status != 200 || !strings.Contains(body, `"sum":5`) || !strings.Contains(body, `"resultType":"complete"`) {
			t.Errorf("add = %d %s", status, body)
		}
	})
	t.Run("a legacy client calls", func(t *testing.T) {
		status, body := s.legacy(alice.Access, s.Session(s.t, alice.Access), "add", `{"A":2,"B":3}`)
		if status != 200 || !strings.Contains(body, `"sum":5`) || strings.Contains(body, "resultType") {
			t.Errorf("add = %d %s", status, body)
		}
	})
	t.Run("a tool that panics is a tool error", func(t *testing.T) {
		status, _, body := s.modern(alice.Access, "boom", `{}`)
		if status != 200 || !strings.Contains(body, `"isError":true`) || strings.Contains(body, "boom\\n") {
			t.Errorf("boom = %d %s", status, body)
		}
	})
	t.Run("a refresh token goes on", func(t *testing.T) {
		next, err := s.Refresh(t.Context(), alice.Client, alice.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, body := s.modern(next.Access, "add", `{"A":1,"B":1}`); status != 200 {
			t.Errorf("add with the new token = %d %s", status, body)
		}
	})
}

func TestStepUp(t *testing.T) {
	s := start(t, nil)
	status, header, body := s.modern(s.connect("alice", "math").Access, "wipe", `{}`)
	challenge := header.Get("Www-Authenticate")
	if status != 403 || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="math math:admin"`) {
		t.Fatalf("wipe = %d %q %s", status, challenge, body)
	}
	if status, _, body := s.modern(s.connect("alice", "math math:admin").Access, "wipe", `{}`); status != 200 {
		t.Errorf("wipe with the scope = %d %s", status, body)
	}
}

func TestSessionsBelongToTheirPerson(t *testing.T) {
	s := start(t, nil)
	alice, mallory := s.connect("alice", ""), s.connect("mallory", "")
	session := s.Session(s.t, alice.Access)
	if status, body := s.legacy(mallory.Access, session, "add", `{"A":1,"B":1}`); status != 404 {
		t.Errorf("another person's token = %d %s, want 404", status, body)
	}
	if status, body := s.legacy(alice.Access, session, "add", `{"A":1,"B":1}`); status != 200 {
		t.Errorf("her own token = %d %s", status, body)
	}
}

func TestRestartLosesNothing(t *testing.T) {
	kv := new(mem.KV)
	var port string
	first := startOn(t, kv, func(c *host.Config) { port = c.URLs[0] })
	alice := first.connect("alice", "")
	session := first.Session(t, alice.Access)

	// Another instance over the same store, under the same name.
	second := startOn(t, kv, func(c *host.Config) { c.URLs = append(c.URLs, port) })
	host := http.Header{"Host": {strings.TrimPrefix(port, "http://")}, "Mcp-Session-Id": {session}}
	status, body := second.send("POST", "/mcp", alice.Access, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"A":20,"B":22}}}`, host)
	if status != 200 || !strings.Contains(body, `"sum":42`) {
		t.Errorf("the session after a restart = %d %s", status, body)
	}
	host.Del("Mcp-Session-Id")
	host.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body = second.send("POST", "/token", "", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {alice.Refresh}, "client_id": {alice.Client}}.Encode(), host)
	if status != 200 {
		t.Errorf("the refresh token after a restart = %d %s", status, body)
	}
}

func TestStrangers(t *testing.T) {
	s := start(t, func(c *host.Config) { c.Limits.Body = 1 << 10 })
	token := s.connect("alice", "").Access
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for _, tt := range []struct {
		name, method, path, token, body string
		header                          http.Header
		status                          int
		want                            string
	}{
		{"no token", "POST", "/mcp", "", `{}`, nil, 401, ""},
		{"no token, and a GET, as mcp-remote begins", "GET", "/mcp", "", ``, nil, 401, ""},
		{"a token of nobody", "POST", "/mcp", "gth_at_nonsense", `{}`, nil, 401, "invalid_token"},
		{"a token in the address", "POST", "/mcp?access_token=" + token, "", `{}`, nil, 400, "invalid_request"},
		{"a name that was made to point here", "POST", "/mcp", token, `{}`, http.Header{"Host": {"evil.example"}}, 403, "does not answer"},
		{"a page of another origin", "POST", "/mcp", token, `{}`, http.Header{"Origin": {"https://evil.example"}}, 403, "may not call"},
		{"no JSON", "POST", "/mcp", token, `{`, nil, 400, "-32700"},
		{"JSON that is no message", "POST", "/mcp", token, `[1]`, nil, 400, "-32600"},
		{"an empty batch", "POST", "/mcp", token, `[]`, nil, 400, "-32600"},
		{"a name twice", "POST", "/mcp", token, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","name":"wipe"}}`, nil, 400, "-32700"},
		{"deep nesting", "POST", "/mcp", token, `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + deep + `}`, nil, 400, "-32700"},
		{"a body over the limit", "POST", "/mcp", token, strings.Repeat(" ", 2<<10), nil, 413, "1024"},
		{"a body of another kind", "POST", "/mcp", token, `a=b`, http.Header{"Content-Type": {"text/plain"}}, 415, "application/json"},
		{"another method", "PUT", "/mcp", token, ``, nil, 405, ""},
		{"an unknown page", "GET", "/nope", "", ``, nil, 404, "There is nothing here"},
		{"an unknown document", "GET", "/.well-known/nope", "", ``, nil, 404, ""},
		{"a modern GET", "GET", "/mcp", token, ``, http.Header{"Mcp-Protocol-Version": {"2026-07-28"}}, 405, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, header, body := s.sendAll(tt.method, tt.path, tt.token, tt.body, tt.header)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("= %d %.300s, want %d with %q", status, body, tt.status, tt.want)
			}
			if header.Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
			if status == 401 && !strings.Contains(header.Get("Www-Authenticate"), "resource_metadata=") {
				t.Errorf("challenge = %q", header.Get("Www-Authenticate"))
			}
		})
	}
}

func TestHealth(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := s.send("GET", path, "", "", http.Header{"Host": {"10.0.0.7"}}); status != 200 {
			t.Errorf("%s by address = %d %s", path, status, body)
		}
	}
}
