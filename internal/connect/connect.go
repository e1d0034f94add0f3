// Package connect knows how each MCP client is pointed at a server: the home
// page and the command line show the same words.
package connect

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Snippet is how one client connects.
type Snippet struct {
	ID    string   // by which the command line asks for it
	Title string   // the client's name
	Text  string   // what to do with the code, in a sentence or two
	Steps []string // what to do by hand; instead of code, or after it
	Code  string   // what to copy
	Lang  string   // of the code: "sh", "json" or "text"
	Note  string   // what would otherwise surprise
}

// Snippets returns how to connect each known client to the server at a public
// URL, under a name that the client will show.
func Snippets(serverURL, name string) []Snippet {
	base := strings.TrimSuffix(serverURL, "/")
	s := server{name: slug(name), base: base, endpoint: base + "/mcp"}
	return []Snippet{s.inspector(), s.claude(), s.claudeCode(), s.cursor(), s.vscode(), s.chatgpt()}
}

// Find returns the snippet with the id.
func Find(snippets []Snippet, id string) (Snippet, bool) {
	for _, s := range snippets {
		if s.ID == id {
			return s, true
		}
	}
	return Snippet{}, false
}

type server struct{ name, base, endpoint string }

func (s server) inspector() Snippet {
	return Snippet{
		ID:    "inspector",
		Title: "MCP Inspector",
		Text:  "Run this; the Inspector opens in your browser. Connect there, and log in when this server asks you to.",
		Code:  "npx @modelcontextprotocol/inspector@2 --transport http --server-url " + s.endpoint,
		Lang:  "sh",
	}
}

func (s server) claude() Snippet {
	type command struct {
		Command string   `json:"command"`
		Args    []string `json:"args"`
	}
	return Snippet{
		ID:    "claude",
		Title: "Claude Desktop",
		Text:  "Add this to claude_desktop_config.json (Settings, Developer, Edit Config) and restart Claude. It needs Node.js.",
		Code:  document("mcpServers", s.name, command{"npx", []string{"-y", "mcp-remote", s.endpoint}}),
		Lang:  "json",
	}
}

func (s server) claudeCode() Snippet {
	return Snippet{
		ID:    "claude-code",
		Title: "Claude Code",
		Text:  "Run this once, then type /mcp in Claude Code to log in.",
		Code:  "claude mcp add --transport http " + s.name + " " + s.endpoint,
		Lang:  "sh",
	}
}

func (s server) cursor() Snippet {
	type remote struct {
		URL string `json:"url"`
	}
	return Snippet{
		ID:    "cursor",
		Title: "Cursor",
		Text:  "Put this into ~/.cursor/mcp.json, or into .cursor/mcp.json of a project.",
		Code:  document("mcpServers", s.name, remote{s.endpoint}),
		Lang:  "json",
	}
}

func (s server) vscode() Snippet {
	type remote struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	return Snippet{
		ID:    "vscode",
		Title: "VS Code",
		Text:  "Put this into .vscode/mcp.json of a project, or run the command “MCP: Add Server”.",
		Code:  document("servers", s.name, remote{"http", s.endpoint}),
		Lang:  "json",
	}
}

func (s server) chatgpt() Snippet {
	snippet := Snippet{
		ID:    "chatgpt",
		Title: "ChatGPT",
		Text:  "ChatGPT connects by its settings; this is the URL that it asks for.",
		Code:  s.endpoint,
		Lang:  "text",
		Steps: []string{
			"Open Settings, Apps & Connectors, Advanced settings, and switch on Developer mode.",
			"Choose Create, paste the URL, and take OAuth for authentication.",
			"Log in here, and approve.",
		},
	}
	if !reachable(s.base) {
		snippet.Note = "ChatGPT calls from its own servers, so it needs a public https URL; it cannot reach " + s.base + "."
	}
	return snippet
}

// reachable reports whether somebody else's server could call the URL.
func reachable(serverURL string) bool {
	u, err := url.Parse(serverURL)
	if err != nil || u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	return host != "localhost" && host != "::1" && !strings.HasPrefix(host, "127.")
}

// document is a configuration file with one server in it.
func document(section, name string, entry any) string {
	text, err := json.Marshal(map[string]any{section: map[string]any{name: entry}},
		jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return "" // strings always encode
	}
	return string(text)
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a name that every client takes, and that no shell or JSON reads
// as anything else.
func slug(name string) string {
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" {
		return "gatehouse"
	}
	return s
}
