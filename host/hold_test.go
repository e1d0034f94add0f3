package host_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/gosdk"
	"gatehouse/gateway"
	"gatehouse/host"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// greeter is a server that asks in the middle of a call.
func greeter(t *testing.T) gateway.Mount {
	s := sdk.NewServer(&sdk.Implementation{Name: "greeter", Version: "1"}, nil)
	sdk.AddTool(s, &sdk.Tool{Name: "greet"}, func(ctx context.Context, req *sdk.CallToolRequest, in struct {
		Greeting string `json:"greeting"`
	}) (*sdk.CallToolResult, any, error) {
		answer, err := req.Session.Elicit(ctx, &sdk.ElicitParams{Message: "Who are you?", RequestedSchema: map[string]any{
			"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}},
		}})
		if err != nil {
			return nil, nil, err
		}
		text := &sdk.TextContent{Text: fmt.Sprintf("%s, %v!", in.Greeting, answer.Content["name"])}
		return &sdk.CallToolResult{Content: []sdk.Content{text}}, nil, nil
	})
	b, err := gosdk.New("greeter", s)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Mount{Name: "greeter", Scopes: []string{"math"}, Backend: b, AsksInCall: true}
}

// startGreeter starts a host of the greeter alone.
func startGreeter(t *testing.T, kv store.KV, keys *store.Keyring, names ...string) *server {
	t.Helper()
	return startWith(t, kv, func(c *host.Config) { c.URLs = append(c.URLs, names...) }, func(p *host.Parts) {
		p.Mounts, p.Keys = []gateway.Mount{greeter(t)}, keys
	})
}

// greet calls the tool as a client of 2026-07-28 that can be elicited. more
// are further params.
func (s *server) greet(token, greeting, more string, header http.Header) (int, string) {
	s.t.Helper()
	all := http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {"greet"}}
	for k, v := range header {
		all[k] = v
	}
	return s.send("POST", "/mcp", token, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"greeting":%q},`+
		`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},`+
		`"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}%s}}`, greeting, more), all)
}

// asked reads an answer that asks for a name, and returns what the client adds
// when it calls again.
func (s *server) asked(status int, body string) (more string) {
	s.t.Helper()
	var answer struct {
		Result struct {
			Type     string `json:"resultType"`
			Requests map[string]struct {
				Method string `json:"method"`
			} `json:"inputRequests"`
			State string `json:"requestState"`
		} `json:"result"`
	}
	err := json.Unmarshal([]byte(body), &answer)
	if status != 200 || err != nil || answer.Result.Type != "input_required" || len(answer.Result.Requests) != 1 {
		s.t.Fatalf("the call = %d %s, want one that asks", status, body)
	}
	for name, r := range answer.Result.Requests {
		if r.Method != "elicitation/create" {
			s.t.Fatalf("it asks %s", r.Method)
		}
		more = fmt.Sprintf(`,"requestState":%q,"inputResponses":{%q:{"action":"accept","content":{"name":"Alice"}}}`, answer.Result.State, name)
	}
	return more
}

func TestAServerAsksAModernClientInTheMiddle(t *testing.T) {
	s := startGreeter(t, new(mem.KV), store.NewKeyring(store.NewKey()))
	alice, mallory := s.connect("alice", "").Access, s.connect("mallory", "").Access
	again := s.asked(s.greet(alice, "Hello", "", nil))

	for _, tt := range []struct{ name, token, greeting, more, want string }{
		{"another person's token", mallory, "Hello", again, "belongs to another call"},
		{"another grant of the same person", s.connect("alice", "").Access, "Hello", again, "belongs to another call"},
		{"other arguments", alice, "Goodbye", again, "belongs to another call"},
		{"a state that was altered", alice, "Hello", strings.Replace(again, `"requestState":"AQ`, `"requestState":"AR`, 1), "was altered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := s.greet(tt.token, tt.greeting, tt.more, nil); !strings.Contains(body, "-32602") || !strings.Contains(body, tt.want) {
				t.Errorf("the call = %d %s, want %q", status, body, tt.want)
			}
		})
	}
	status, body := s.greet(alice, "Hello", again, nil)
	if status != 200 || !strings.Contains(body, "Hello, Alice!") || !strings.Contains(body, `"resultType":"complete"`) {
		t.Errorf("the call with the answer = %d %s", status, body)
	}
	if status, body := s.greet(alice, "Hello", again, nil); !strings.Contains(body, "Call again from the beginning") {
		t.Errorf("the same once more = %d %s", status, body)
	}
}

// bearer sends a token with each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestTheOfficialClientIsAskedInTheMiddle(t *testing.T) {
	s := startGreeter(t, new(mem.KV), store.NewKeyring(store.NewKey()))
	token := s.connect("alice", "").Access
	client := sdk.NewClient(&sdk.Implementation{Name: "t", Version: "1"}, &sdk.ClientOptions{
		ElicitationHandler: func(_ context.Context, req *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"name": req.Params.Message}}, nil
		},
	})
	for _, revision := range []string{"2026-07-28", "2025-11-25"} {
		session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{
			Endpoint: s.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer(token)},
		}, &sdk.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatalf("%s: %v", revision, err)
		}
		res, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "greet", Arguments: map[string]any{"greeting": "Hello"}})
		if err != nil {
			t.Fatalf("%s: %v", revision, err)
		}
		if got, want := res.Content[0].(*sdk.TextContent).Text, "Hello, Who are you?!"; got != want {
			t.Errorf("%s: %q, want %q", revision, got, want)
		}
		if got := session.InitializeResult().ProtocolVersion; got != revision {
			t.Errorf("the client speaks %s, want %s", got, revision)
		}
		session.Close()
	}
}

func TestARestartBetweenTheRounds(t *testing.T) {
	kv, keys := new(mem.KV), store.NewKeyring(store.NewKey())
	first := startGreeter(t, kv, keys)
	alice := first.connect("alice", "").Access
	again := first.asked(first.greet(alice, "Hello", "", nil))

	second := startGreeter(t, kv, keys, first.URL)
	name := http.Header{"Host": {strings.TrimPrefix(first.URL, "http://")}}
	if status, body := second.greet(alice, "Hello", again, name); !strings.Contains(body, "-32602") || !strings.Contains(body, "the server was restarted") {
		t.Errorf("the second round after a restart = %d %s", status, body)
	}
	again = second.asked(second.greet(alice, "Hello", "", name))
	if status, body := second.greet(alice, "Hello", again, name); !strings.Contains(body, "Hello, Alice!") {
		t.Errorf("from the beginning = %d %s", status, body)
	}
}
