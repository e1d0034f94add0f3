package oauth

import (
	"errors"
	"testing"
)

func TestCanonicalResource(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // empty: refused
	}{
		{"as it is", "https://mcp.example/mcp", "https://mcp.example/mcp"},
		{"case of scheme and host", "HTTPS://MCP.Example/Mcp", "https://mcp.example/Mcp"},
		{"empty path", "https://mcp.example/", "https://mcp.example"},
		{"no path", "https://mcp.example", "https://mcp.example"},
		{"port", "http://localhost:8787/mcp", "http://localhost:8787/mcp"},
		{"default port is kept", "https://mcp.example:443/mcp", "https://mcp.example:443/mcp"},
		{"trailing slash is kept", "https://mcp.example/mcp/", "https://mcp.example/mcp/"},
		{"query is kept", "https://mcp.example/mcp?a=b", "https://mcp.example/mcp?a=b"},
		{"dot segments are kept", "https://mcp.example/a/../mcp", "https://mcp.example/a/../mcp"},

		{"empty", "", ""},
		{"fragment", "https://mcp.example/mcp#a", ""},
		{"empty fragment", "https://mcp.example/mcp#", ""},
		{"relative", "/mcp", ""},
		{"no host", "https:///mcp", ""},
		{"user", "https://a@mcp.example/mcp", ""},
		{"another scheme", "urn:mcp", ""},
		{"space", "https://mcp.example/ mcp", ""},
		{"control character", "https://mcp.example/\n", ""},
		{"backslash", `https://mcp.example\@evil.example`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CanonicalResource(tt.in)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Fatalf("CanonicalResource(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
			if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Code != InvalidTarget) {
				t.Errorf("CanonicalResource(%q) = %v, want code %s", tt.in, err, InvalidTarget)
			}
		})
	}
}

func TestMatchResource(t *testing.T) {
	known := []string{"https://mcp.example/mcp", "https://mcp.example/sse", "https://mcp.example"}
	tests := []struct {
		asked string
		want  string // empty: none
	}{
		{"https://MCP.example/mcp", "https://mcp.example/mcp"},
		{"https://mcp.example/", "https://mcp.example"},
		{"https://mcp.example/mcp/", ""},
		{"https://mcp.example/MCP", ""},
		{"https://mcp.example/mcp?x", ""},
		{"https://mcp.example/mc%70", ""},
		{"http://mcp.example/mcp", ""},
		{"https://evil.example/mcp", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.asked, func(t *testing.T) {
			got, ok := MatchResource(known, tt.asked)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("MatchResource(%q) = %q, %v, want %q", tt.asked, got, ok, tt.want)
			}
		})
	}
}

func FuzzCanonicalResource(f *testing.F) {
	for _, s := range []string{"https://mcp.example/mcp", "HTTP://LOCALHOST:1/", "https://a?b", "https://[::1]/x", "https://a%41/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := CanonicalResource(s)
		if err != nil {
			return
		}
		if twice, err := CanonicalResource(once); err != nil || twice != once {
			t.Errorf("CanonicalResource(%q) = %q, again %q, %v", s, once, twice, err)
		}
	})
}
