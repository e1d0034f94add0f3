package backends

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
)

// others is a place with servers behind it that nobody here wrote.
type others struct {
	*place
	folder string // that the server of files may see
	token  string
}

// startOthers serves packages of npm: over standard input and output, and at
// URLs.
func startOthers(t *testing.T) *others {
	t.Helper()
	tools := node.Installed(t)
	everything := tools.Package("@modelcontextprotocol/server-everything/dist/index.js")
	v2 := filepath.Join(node.Root(t), "e2e", "backends", "sdk-v2.mjs")
	child := func(script string, args ...string) string {
		cmd := tools.Command(t, time.Minute, script, args...)
		list, err := json.Marshal(cmd.Args[1:])
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("command: %q, args: %s", cmd.Path, list)
	}
	port := free(t)
	runNode(t, tools, []string{"PORT=" + port}, `listening on port (\d+)`, everything, "streamableHttp")
	v2Port := runNode(t, tools, nil, `listening on (\d+)`, v2, "http")
	o := &others{folder: t.TempDir()}
	o.place = start(t, fmt.Sprintf(`
mcpServers:
  everything: {%s}
  web: {url: "http://127.0.0.1:%s/mcp", resources: {exclude: ["*"]}}
  files: {%s}
  memory: {%s, env: {MEMORY_FILE_PATH: %q}, scope: person, memory: 512MiB}
  v2: {%s}
  v2web: {url: "http://127.0.0.1:%s/", resources: {exclude: ["*"]}}
`, child(everything, "stdio"), port,
		child(tools.Package("@modelcontextprotocol/server-filesystem/dist/index.js"), o.folder),
		child(tools.Package("@modelcontextprotocol/server-memory/dist/index.js")), filepath.Join(t.TempDir(), "memory.jsonl"),
		child(v2, "stdio"), v2Port))
	o.token = o.Connect(t, o.Person("ada"), "everything web files memory v2 v2web").Access
	return o
}

// runNode runs a server that says in this line on which port it listens.
func runNode(t *testing.T, tools node.Tools, env []string, line, script string, args ...string) (port string) {
	t.Helper()
	cmd := tools.Command(t, 5*time.Minute, script, args...)
	cmd.Env = append(cmd.Env, env...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Cancel()
		cmd.Wait()
		r.Close()
	})
	return server.Await(t, r, regexp.MustCompile(line))[1]
}

// free returns a port that was free a moment ago.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// TestServersOfOthers has a client of each era use all that servers from npm
// can do, those of the old era and those of the new one.
func TestServersOfOthers(t *testing.T) {
	o := startOthers(t)
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run("a client of "+revision, func(t *testing.T) {
			g := connect(t, o, revision)
			for name, try := range map[string]func(*testing.T, *guest){
				"everything, as a process": func(t *testing.T, g *guest) { g.everything(t, "everything_") },
				"everything, at a URL":     func(t *testing.T, g *guest) { g.everything(t, "web_") },
				"resources and prompts":    func(t *testing.T, g *guest) { g.library(t) },
				"files":                    func(t *testing.T, g *guest) { g.files(t, o.folder) },
				"memory":                   func(t *testing.T, g *guest) { g.memory(t) },
				"SDK v2, as a process":     func(t *testing.T, g *guest) { g.sdkV2(t, "v2_") },
				"SDK v2, at a URL":         func(t *testing.T, g *guest) { g.sdkV2(t, "v2web_") },
			} {
				t.Run(name, func(t *testing.T) { try(t, g.with(t)) })
			}
		})
	}
}

// TestProcessesOfOthers counts what runs for the server of files: one process,
// another when it is killed, and none when the server has ended.
func TestProcessesOfOthers(t *testing.T) {
	node.Asked(t)
	var o *others
	t.Run("while the server runs", func(t *testing.T) {
		o = startOthers(t)
		g := connect(t, o, "2025-11-25")
		g.files(t, o.folder)
		first := o.running(t)
		if len(first) != 1 {
			t.Fatalf("%d processes serve files, want one", len(first))
		}
		syscall.Kill(first[0], syscall.SIGKILL)
		eventually(t, "files are served again", func() bool {
			res, err := g.session.CallTool(g.ctx, &sdk.CallToolParams{Name: "files_list_allowed_directories", Arguments: map[string]any{}})
			return err == nil && !res.IsError
		})
		if second := o.running(t); len(second) != 1 || second[0] == first[0] {
			t.Errorf("%v serve files, after %v", second, first)
		}
		o.awaitLog(t, 0, "server died", "files", "signal: killed")
	})
	if left := o.running(t); len(left) > 0 {
		t.Errorf("the server has ended, and %v serve files", left)
	}
}

// running returns the processes that were told of the folder.
func (o *others) running(t *testing.T) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skip("this system does not show its processes")
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && slices.Contains(strings.Split(string(line), "\x00"), o.folder) {
			pids = append(pids, pid)
		}
	}
	return pids
}
