package mcp_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestReadMeta(t *testing.T) {
	meta, err := mcp.ReadMeta(jsontext.Value(`{
		"io.modelcontextprotocol/protocolVersion":"2026-07-28",
		"io.modelcontextprotocol/clientInfo":{"name":"c"},
		"io.modelcontextprotocol/clientCapabilities":{"roots":{}},
		"io.modelcontextprotocol/logLevel":"warning",
		"progressToken":7,
		"traceparent":"00-0-0-00"}`))
	if err != nil {
		t.Fatal(err)
	}
	c := meta.Client
	if c.Revision != mcp.R20260728 || string(c.Info) != `{"name":"c"}` || string(c.Capabilities) != `{"roots":{}}` || c.LogLevel != "warning" {
		t.Errorf("client = %+v", c)
	}
	if string(meta.ProgressToken) != "7" {
		t.Errorf("progress token = %s, want 7", meta.ProgressToken)
	}
}

func TestReadMetaRefuses(t *testing.T) {
	const (
		revision = `"io.modelcontextprotocol/protocolVersion":"2026-07-28"`
		caps     = `"io.modelcontextprotocol/clientCapabilities":{}`
	)
	tests := []struct{ name, meta string }{
		{"no _meta", ""},
		{"a _meta that is no object", `[]`},
		{"no revision", `{` + caps + `}`},
		{"a revision that is no string", `{"io.modelcontextprotocol/protocolVersion":1,` + caps + `}`},
		{"no capabilities", `{` + revision + `}`},
		{"capabilities that are no object", `{` + revision + `,"io.modelcontextprotocol/clientCapabilities":[]}`},
		{"a client's info that is no object", `{` + revision + `,` + caps + `,"io.modelcontextprotocol/clientInfo":1}`},
		{"a log level nobody knows", `{` + revision + `,` + caps + `,"io.modelcontextprotocol/logLevel":"loud"}`},
		{"a progress token that is an object", `{` + revision + `,` + caps + `,"progressToken":{}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mcp.ReadMeta(jsontext.Value(tt.meta))
			if err == nil || mcp.Failure(err).Code != mcp.CodeInvalidParams {
				t.Errorf("ReadMeta = %v, want invalid params", err)
			}
		})
	}
}

func TestSameToken(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"the same string", `"p"`, `"p"`, true},
		{"the same string, escaped", `"a<b"`, `"a\u003cb"`, true},
		{"another string", `"p"`, `"q"`, false},
		{"the same number", `1`, `1.0`, true},
		{"another number", `1`, `2`, false},
		{"a number and a string", `1`, `"1"`, false},
		{"none", ``, ``, false},
		{"what can be no token", `{}`, `{}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.SameToken(jsontext.Value(tt.a), jsontext.Value(tt.b)); got != tt.want {
				t.Errorf("SameToken(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
			}
		})
	}
}

func TestWithMeta(t *testing.T) {
	tests := []struct{ name, object, want string }{
		{"nothing becomes an object", ``, `{"_meta":{"k":1}}`},
		{"other members stay", `{"a":2}`, `{"a":2,"_meta":{"k":1}}`},
		{"other members of _meta stay", `{"_meta":{"b":3},"a":2}`, `{"_meta":{"b":3,"k":1},"a":2}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.WithMeta(jsontext.Value(tt.object), "k", jsontext.Value("1")); string(got) != tt.want {
				t.Errorf("WithMeta = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLevelReaches(t *testing.T) {
	tests := []struct {
		name, level, floor string
		want               bool
	}{
		{"the floor itself is shown", "warning", "warning", true},
		{"what is above is shown", "emergency", "debug", true},
		{"what is below is not", "info", "notice", false},
		{"without a floor nothing is", "emergency", "", false},
		{"a level nobody knows is not", "loud", "debug", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.LevelReaches(tt.level, tt.floor); got != tt.want {
				t.Errorf("LevelReaches(%q, %q) = %v, want %v", tt.level, tt.floor, got, tt.want)
			}
		})
	}
}

func TestOlder(t *testing.T) {
	for _, tt := range []struct{ name, params, want string }{
		{"nothing", ``, ``},
		{"what an older client says", `{"name":"x","_meta":{"progressToken":7}}`, `{"name":"x","_meta":{"progressToken":7}}`},
		{
			"what only a modern one says", `{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","x/y":1,"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/logLevel":"info","progressToken":7},"name":"x"}`,
			`{"_meta":{"x/y":1,"progressToken":7},"name":"x"}`,
		},
		{"what an extension says", `{"_meta":{"io.modelcontextprotocol/related-task":{}}}`, `{"_meta":{"io.modelcontextprotocol/related-task":{}}}`},
		{"such a name elsewhere", `{"arguments":{"io.modelcontextprotocol/protocolVersion":1}}`, `{"arguments":{"io.modelcontextprotocol/protocolVersion":1}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.Older(jsontext.Value(tt.params)); string(got) != tt.want {
				t.Errorf("Older = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCanBeAsked(t *testing.T) {
	for capabilities, want := range map[string]bool{
		``: false, `{}`: false, `{"experimental":{"roots":{}}}`: false,
		`{"roots":{}}`: true, `{"elicitation":{"url":{}}}`: true, `{"x":1,"sampling":{}}`: true,
	} {
		c := mcp.Client{Capabilities: jsontext.Value(capabilities)}
		if got := c.CanBeAsked(); got != want {
			t.Errorf("a client with %s: %v, want %v", capabilities, got, want)
		}
	}
}
