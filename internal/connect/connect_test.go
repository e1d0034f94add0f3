package connect_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/connect"
)

func TestSnippets(t *testing.T) {
	snippets := connect.Snippets("https://gate.example/", "My Tools!")
	for id, want := range map[string]string{
		"inspector":   "npx @modelcontextprotocol/inspector@2 --transport http --server-url https://gate.example/mcp",
		"claude-code": "claude mcp add --transport http my-tools https://gate.example/mcp",
		"chatgpt":     "https://gate.example/mcp",
		"claude":      `{"mcpServers":{"my-tools":{"command":"npx","args":["-y","mcp-remote","https://gate.example/mcp"]}}}`,
		"cursor":      `{"mcpServers":{"my-tools":{"url":"https://gate.example/mcp"}}}`,
		"vscode":      `{"servers":{"my-tools":{"type":"http","url":"https://gate.example/mcp"}}}`,
	} {
		t.Run(id, func(t *testing.T) {
			s, ok := connect.Find(snippets, id)
			if !ok {
				t.Fatal("there is none")
			}
			got := s.Code
			if s.Lang == "json" {
				got = compact(t, got)
			}
			if got != want {
				t.Errorf("code = %s, want %s", got, want)
			}
			if s.Title == "" || s.Text == "" {
				t.Errorf("%+v says nothing to a person", s)
			}
		})
	}
	if len(snippets) != 6 {
		t.Errorf("%d snippets, want 6", len(snippets))
	}
	if _, ok := connect.Find(snippets, "emacs"); ok {
		t.Error("there is a snippet for a client that we do not know")
	}
}

// compact is JSON on one line, if it is JSON.
func compact(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return strings.NewReplacer("\n", "", "  ", "", ": ", ":").Replace(text)
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"Gatehouse":     "gatehouse",
		"a; rm -rf / #": "a-rm-rf",
		"$(id)":         "id",
		"":              "gatehouse",
		"łódź":          "d",
		"two  words":    "two-words",
	} {
		s, _ := connect.Find(connect.Snippets("http://localhost:1", name), "claude-code")
		if got := strings.Fields(s.Code)[5]; got != want {
			t.Errorf("the name %q becomes %q, want %q", name, got, want)
		}
	}
}

func TestReachable(t *testing.T) {
	for url, want := range map[string]bool{
		"https://gate.example":   true,
		"http://gate.example":    false,
		"http://localhost:8787":  false,
		"https://localhost:8787": false,
		"https://127.0.0.1":      false,
		"https://[::1]:1":        false,
	} {
		s, _ := connect.Find(connect.Snippets(url, "x"), "chatgpt")
		if got := s.Note == ""; got != want {
			t.Errorf("ChatGPT can reach %s: %v, want %v", url, got, want)
		}
	}
}
