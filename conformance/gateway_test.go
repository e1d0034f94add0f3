package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/mcp"
)

// alone is the fixture without a host.
const alone = "gatehouse/conformance/upstream"

// TestConformanceGateway examines the host with the fixture behind it: a
// server elsewhere in every revision, one from the days of each revision, and
// a child process. What is left out where client and backend are of two eras,
// and why, says crossed.
func TestConformanceGateway(t *testing.T) {
	s := suite{tools: node.Installed(t)}
	child, err := server.Build(alone)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := func(revision mcp.Revision) func(*testing.T) string {
		return func(t *testing.T) string { return fmt.Sprintf("url: %q", server.Upstream(t, alone, revision)) }
	}
	for _, backend := range []struct {
		title string
		era   string // of the backend; empty if it serves both
		start func(*testing.T) string
	}{
		{"remote", "", elsewhere("")},
		{"remote 2026-07-28", "modern", elsewhere(mcp.R20260728)},
		{"remote 2025-11-25", "legacy", elsewhere(mcp.R20251125)},
		{"remote 2025-06-18", "legacy", elsewhere(mcp.R20250618)},
		{"remote 2025-03-26", "legacy", elsewhere(mcp.R20250326)},
		{"remote 2024-11-05", "legacy", elsewhere(mcp.R20241105)},
		{"stdio", "", func(*testing.T) string { return fmt.Sprintf("command: %q", child) }},
	} {
		t.Run(backend.title, func(t *testing.T) {
			t.Parallel()
			h := startGateway(t, backend.start(t))
			url := authorized(t, h.URL+"/mcp", h.Token(t, "fixture"))
			for _, client := range []struct{ revision, era string }{{"2025-11-25", "legacy"}, {"2026-07-28", "modern"}} {
				t.Run("required by "+client.revision, func(t *testing.T) {
					filter := []string{"--requirements", client.revision}
					all := s.scenarios(t, filter...)
					left := slices.DeleteFunc(slices.Clone(all), func(name string) bool {
						_, out := crossed[name]
						return out && backend.era != "" && backend.era != client.era
					})
					found := s.server(t, url, filter...)
					found.report(t, "through the gateway, "+backend.title+", "+client.revision, left)
					if n := len(all) - len(left); n > 0 {
						fmt.Printf("through the gateway, %s, %s: %d left out, for the backend is of the other era\n", backend.title, client.revision, n)
					}
				})
			}
		})
	}
}

// crossed are the scenarios that a backend of the other era cannot pass, and
// why.
var crossed = map[string]string{
	"tools-call-sampling":                     asksInCall,
	"tools-call-elicitation":                  asksInCall,
	"elicitation-sep1034-defaults":            asksInCall,
	"elicitation-sep1330-enums":               asksInCall,
	"input-required-result-basic-elicitation": "the suite wants the question under the key that the tool gave it; a question of the older era has none, and the host names it",
	"input-required-result-multi-round":       "the SDK, as a server of the older era, asks the first questions of such a tool and no others",
}

const asksInCall = "the tool asks in the middle of its call, which a server of the newer era cannot"

// startGateway starts the host with one backend besides its own.
func startGateway(t *testing.T, backend string) *server.Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gatehouse.yaml")
	text := fmt.Sprintf("backends:\n  fixture:\n    prefix: \"\"\n    %s\n", backend)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Start(t, "gatehouse/cmd/gatehouse", "--config", file)
}
