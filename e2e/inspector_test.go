package e2e

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/node"
)

// inspector is the MCP Inspector's command line against one endpoint.
type inspector struct {
	tools node.Tools
	env   []string
	args  []string
}

const inspectorScript = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"

func newInspector(t *testing.T, tools node.Tools, endpoint, transport, era string) inspector {
	t.Helper()
	return inspector{
		tools: tools,
		env: append(personFor(t, visit),
			"MCP_STORAGE_DIR="+t.TempDir(),
			"MCP_INSPECTOR_SECRET_STORE=file",
			"MCP_AUTO_OPEN_ENABLED=true",
		),
		args: []string{"--cli", endpoint,
			"--transport", transport,
			"--protocol-era", era,
			"--callback-url", "http://127.0.0.1:" + freePort(t) + "/oauth/callback",
			"--format", "json"},
	}
}

// call runs one method and returns its JSON.
func (i inspector) call(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := i.tools.Command(t, time.Minute, i.tools.Package(inspectorScript), slices.Concat(i.args, args)...)
	cmd.Env = append(cmd.Env, i.env...)
	out, err := cmd.Output()
	if err != nil {
		var said []byte
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			said = e.Stderr
		}
		t.Fatalf("inspector %v: %v\n%s\n%s", args, err, out, said)
	}
	return out
}

func TestInspectorCLI(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, c := range []struct {
			transport, era string
		}{
			{"http", "legacy"},
			{"http", "auto"},
			{"http", "modern"},
			{"sse", "legacy"},
		} {
			t.Run(c.transport+", "+c.era, func(t *testing.T) {
				i := newInspector(t, tools, h.endpoint(c.transport), c.transport, c.era)

				// --strict fails on a schema that clients of some kind would refuse.
				list := i.call(t, "--method", "tools/list", "--strict")
				if !strings.Contains(string(list), `"add"`) {
					t.Errorf("tools/list has no add:\n%s", list)
				}

				// The login of the first run must do for the next ones.
				sum := i.call(t, "--method", "tools/call", "--tool-name", "add",
					"--tool-arg", "a=20", "--tool-arg", "b=22", "--stored-auth-only")
				var answer struct {
					Result toolResult `json:"result"`
				}
				if err := json.Unmarshal(sum, &answer); err != nil {
					t.Fatalf("tools/call: %v\n%s", err, sum)
				}
				if !answer.Result.says("42") {
					t.Errorf("20+22 =\n%s", sum)
				}
			})
		}
	})
}
