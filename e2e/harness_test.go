package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
)

// host is a running server, as its users meet it.
type host struct {
	target string // natively, or in the Workers runtime
	url    string // without a slash at the end
}

func (h host) mcp() string { return h.url + "/mcp" }
func (h host) sse() string { return h.url + "/sse" }

// endpoint returns the endpoint for "http" or "sse".
func (h host) endpoint(transport string) string {
	if transport == "sse" {
		return h.sse()
	}
	return h.mcp()
}

const command = "gatehouse/cmd/gatehouse"

// targets start the command, each in its way, and return its URL.
var targets = map[string]func(*testing.T) string{
	"native": func(t *testing.T) string { return server.Start(t, command).URL },
	"workerd": func(t *testing.T) string {
		return workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey()).URL
	},
}

// onEach has a client try the command on each of its targets, at the same time.
func onEach(t *testing.T, try func(t *testing.T, h host)) {
	t.Helper()
	for target, start := range targets {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			try(t, host{target, start(t)})
		})
	}
}

// run runs a script to its end, with the scripted person for its browser. A
// script that is not content fails the test with all that it said.
func run(t *testing.T, tools node.Tools, limit time.Duration, script string, args ...string) {
	t.Helper()
	cmd := tools.Command(t, limit, script, args...)
	cmd.Env = append(cmd.Env, personFor(t, follow)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", script, args, err, out)
	}
	t.Logf("%s", out)
}

// personFor is the environment that makes the scripted person the browser of
// a client. Openers look at BROWSER only where there is no desktop.
func personFor(t *testing.T, mode string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{"BROWSER=" + self, browser + "=" + mode, "DISPLAY=", "WAYLAND_DISPLAY=", "XDG_CURRENT_DESKTOP=", "DESKTOP_SESSION="}
}

// freePort returns a port that was free a moment ago, for a client that wants
// to be told one.
func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(server.FreeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// artifacts is the folder of what is kept for people to look at.
func (h host) artifacts(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("artifacts", h.target))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// toolResult is the result of a tool call, as a client prints it.
type toolResult struct {
	IsError bool `json:"isError"`
	Content []struct {
		Text string `json:"text"`
	} `json:"content"`
}

// says reports whether the tool succeeded with a text like this.
func (r toolResult) says(want string) bool {
	return !r.IsError && len(r.Content) > 0 && strings.Contains(r.Content[0].Text, want)
}
