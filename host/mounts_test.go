package host_test

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/backend/builtin"
	"gatehouse/e2e/road"
	"gatehouse/gateway"
	"gatehouse/host"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// dice is a backend that comes later.
func dice(t *testing.T) gateway.Mount {
	roll, err := builtin.NewTool("roll", "Rolls.", func(_ context.Context, _ struct{}) (map[string]int, error) { return map[string]int{"eyes": 4}, nil })
	if err != nil {
		t.Fatal(err)
	}
	b, err := builtin.NewTools("dice", roll)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Mount{Name: "dice", Prefix: "dice_", Scopes: []string{"dice"}, Backend: b}
}

func TestBackendsChangeWhileTheHostServes(t *testing.T) {
	s := start(t, nil)
	old := s.connect("alice", "")
	session := s.Session(s.t, old.Access)
	heard := s.listens(old.Access, session)

	math := gateway.Mount{Name: "math", Scopes: []string{"math"}, Backend: mathBackend(t)}
	words := map[string]string{"math": "Calculate", "dice": "Throw dice"}
	for told := false; !told; { // the stream may not stand yet
		for _, mounts := range [][]gateway.Mount{{math}, {math, dice(t)}} {
			if err := s.handler.(*host.Host).SetMounts(mounts, words); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case got := <-heard:
			if told = true; !strings.Contains(got, "notifications/tools/list_changed") {
				t.Errorf("the session heard %s", got)
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
	if status, body := s.legacy(old.Access, session, "add", `{"A":1,"B":2}`); status != 200 || !strings.Contains(body, `"sum":3`) {
		t.Errorf("a call in the session = %d %s", status, body)
	}
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"} {
		var document struct {
			Scopes []string `json:"scopes_supported"`
		}
		status, body := s.send("GET", path, "", "", nil)
		if status != 200 || json.Unmarshal([]byte(body), &document) != nil || !slices.Contains(document.Scopes, "dice") {
			t.Errorf("%s = %d %s", path, status, body)
		}
	}
	if status, header, body := s.modern(old.Access, "dice_roll", `{}`); status != 403 || !strings.Contains(header.Get("Www-Authenticate"), `scope="dice"`) {
		t.Errorf("the new tool, with a token from before = %d %s", status, body)
	}
	status, _, body := s.modern(s.connect("alice", "").Access, "dice_roll", `{}`)
	if status != 200 || !strings.Contains(body, `"eyes":4`) {
		t.Errorf("the new tool, with a new token = %d %s", status, body)
	}
}

// listens opens the stream of a session, and returns what comes over it.
func (s *server) listens(token, session string) <-chan string {
	s.t.Helper()
	res, err := s.Begin(s.t.Context(), road.Request{Method: http.MethodGet, Token: token, Header: road.InSession(session)})
	if err != nil || res.StatusCode != 200 {
		s.t.Fatalf("the stream: %v, %v", res, err)
	}
	heard := make(chan string, 16)
	go func() {
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: {"); ok {
				heard <- data
			}
		}
	}()
	return heard
}

func TestOneToolIsAllowedAndTheSameIsCalled(t *testing.T) {
	s := startWith(t, new(mem.KV), nil, func(p *host.Parts) {
		p.Keys, p.Mounts = store.NewKeyring(store.NewKey()), append(p.Mounts, dice(t))
	})
	token := s.connect("alice", "").Access
	for _, tt := range []struct{ name, params, want string }{
		{"a name twice", `{"name":"add","name":"dice_roll"}`, "-32700"},
		{"a name twice, once in other characters", `{"name":"add","n\u0061me":"dice_roll"}`, "-32700"},
		{"a name in another case", `{"name":"add","Name":"dice_roll"}`, "in another case"},
		{"another method", `{"name":"add"},"method":"tools/list"`, "-32700"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			session := s.Session(s.t, token)
			status, body := s.send("POST", "/mcp", token, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`+tt.params+`}`,
				http.Header{"Mcp-Session-Id": {session}, "Mcp-Protocol-Version": {"2025-11-25"}})
			if !strings.Contains(body, tt.want) {
				t.Errorf("= %d %s, want %s", status, body, tt.want)
			}
		})
	}
}

func TestReadyzShowsTheBackends(t *testing.T) {
	s := start(t, nil)
	token := s.connect("alice", "").Access
	s.modern(token, "add", `{"A":1,"B":2}`)
	if status, body := s.send("GET", "/readyz", "", "", nil); status != 200 || body != `{"status":"ready","backends":[{"name":"math","state":"ok","breaker":"closed"}]}` {
		t.Errorf("/readyz = %d %s", status, body)
	}
}
