package mcp_test

import (
	"net/http"
	"testing"

	"gatehouse/mcp"
)

func TestIsModern(t *testing.T) {
	tests := []struct {
		name     string
		revision string // header
		message  string
		want     bool
	}{
		{"the header says so", "2026-07-28", `{"method":"tools/list","id":1,"jsonrpc":"2.0"}`, true},
		{"a header of a revision to come says so", "2027-01-01", `{"method":"tools/list","id":1,"jsonrpc":"2.0"}`, true},
		{"a header of an old revision does not", "2025-11-25", `{"method":"tools/list","id":1,"jsonrpc":"2.0"}`, false},
		{"without a header it is old", "", `{"method":"tools/list","id":1,"jsonrpc":"2.0"}`, false},
		{"_meta says so", "", `{"method":"tools/list","id":1,"jsonrpc":"2.0","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, true},
		{"_meta says so however it is escaped", "", `{"method":"tools/list","id":1,"jsonrpc":"2.0","params":{"\u005fmeta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, true},
		{"other members of _meta do not", "", `{"method":"tools/list","id":1,"jsonrpc":"2.0","params":{"_meta":{"progressToken":1}}}`, false},
		{"only modern clients discover", "", `{"method":"server/discover","id":1,"jsonrpc":"2.0"}`, true},
		{"initialize is old whatever its _meta", "", `{"method":"initialize","id":1,"jsonrpc":"2.0","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, false},
		{"initialize with a modern header is a modern mistake", "2026-07-28", `{"method":"initialize","id":1,"jsonrpc":"2.0"}`, true},
		{"a response is old", "", `{"id":1,"jsonrpc":"2.0","result":{}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := mcp.Decode([]byte(tt.message))
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			header.Set("Mcp-Method", m.Method)
			if tt.revision != "" {
				header.Set("MCP-Protocol-Version", tt.revision)
			}
			if got := mcp.IsModern(header, &m); got != tt.want {
				t.Errorf("IsModern = %v, want %v", got, tt.want)
			}
		})
	}
}
