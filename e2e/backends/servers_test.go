package backends

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/e2e/upstream"
	"gatehouse/mcp"
)

// childGreeting makes the test binary a server over stdin and stdout, and says
// how it greets.
const childGreeting = "GATEHOUSE_TEST_GREETING"

type whom struct {
	Name string `json:"name"`
}

type greeting struct {
	Text string `json:"text"`
}

// newServer returns a server with one tool, greet.
func newServer(word, description string) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "greeter", Version: "1"}, nil)
	addGreet(s, word, description)
	return s
}

func addGreet(s *sdk.Server, word, description string) {
	sdk.AddTool(s, &sdk.Tool{Name: "greet", Description: description},
		func(_ context.Context, _ *sdk.CallToolRequest, in whom) (*sdk.CallToolResult, greeting, error) {
			return nil, greeting{fmt.Sprintf("%s, %s", word, in.Name)}, nil
		})
}

// serveChild is the process of a server, which greets with its own number as
// well.
func serveChild(word string) {
	s := newServer(fmt.Sprintf("%s from %d", word, os.Getpid()), "Greets.")
	if err := s.Run(context.Background(), &sdk.StdioTransport{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// child is the configuration of such a process, as other programs write it.
func child(t *testing.T, word string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"command": %q, "args": [], "env": {%q: %q}}`, self, childGreeting, word)
}

// elsewhere is a server behind a URL that sees how it is asked.
type elsewhere struct {
	url    string
	server *sdk.Server
	asked  atomic.Int64

	mu     sync.Mutex
	tokens map[string]bool // Authorization headers that came
}

// startElsewhere serves a server at a URL in one revision, or in all.
func startElsewhere(t *testing.T, s *sdk.Server, revision mcp.Revision) *elsewhere {
	t.Helper()
	e := &elsewhere{server: s, tokens: make(map[string]bool)}
	next := upstream.Handler(s, revision)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		e.mu.Lock()
		e.tokens[r.Header.Get("Authorization")] = true
		e.mu.Unlock()
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
	})
	e.url = listener.URL + "/mcp"
	if revision == mcp.R20241105 {
		e.url = listener.URL + "/sse"
	}
	return e
}

// credentials are the Authorization headers that came.
func (e *elsewhere) credentials() (all []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for token := range e.tokens {
		all = append(all, token)
	}
	return all
}
