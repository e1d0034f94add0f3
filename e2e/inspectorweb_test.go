package e2e

import (
	"regexp"
	"testing"
	"time"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
)

// inspectorPage is where the Inspector says its page is.
var inspectorPage = regexp.MustCompile(`http://\S+TOKEN=\w+`)

func TestInspectorWeb(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, era := range []string{"legacy", "modern"} {
			t.Run(era, func(t *testing.T) {
				page := serveInspector(t, tools, h.mcp(), era)
				cmd := tools.Command(t, 2*time.Minute, "inspector-web.mjs", page, h.artifacts(t), era)
				cmd.Env = append(cmd.Env, chromium(t))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("inspector-web.mjs: %v\n%s", err, out)
				}
			})
		}
	})
}

// serveInspector starts the Inspector's web server for one endpoint, and
// returns the address of its page.
func serveInspector(t *testing.T, tools node.Tools, endpoint, era string) string {
	t.Helper()
	cmd := tools.Command(t, 3*time.Minute, tools.Package(inspectorScript),
		"--web", "--server-url", endpoint, "--transport", "http", "--protocol-era", era)
	cmd.Env = append(cmd.Env,
		"HOST=127.0.0.1",
		"CLIENT_PORT="+freePort(t),
		"MCP_SANDBOX_PORT=0",
		"MCP_APP_ORIGIN_PORT=0",
		"MCP_STORAGE_DIR="+t.TempDir(),
		"MCP_INSPECTOR_SECRET_STORE=file",
		"MCP_AUTO_OPEN_ENABLED=false",
	)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return server.Await(t, out, inspectorPage)[0]
}
