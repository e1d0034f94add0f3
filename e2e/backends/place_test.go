package backends

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/road"
	"gatehouse/e2e/server"
)

// TestMain lets the tests be a server of their own, as a child process.
func TestMain(m *testing.M) {
	if greeting := os.Getenv(childGreeting); greeting != "" {
		serveChild(greeting)
		return
	}
	os.Exit(server.Run(m))
}

// place is a running server, and the folder that its configuration is in.
type place struct {
	road.Site
	dir     string
	log     *server.Log
	process *os.Process
}

// start starts `dev` in a folder with this configuration and these variables.
// It ends with the test, and must end well.
func start(t *testing.T, configuration string, env ...string) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), log: new(server.Log)}
	p.write(t, "gatehouse.yaml", configuration)
	cmd := p.command(t, context.Background(), "dev", "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), env...)
	t.Cleanup(func() {
		said := p.log.Tail(64 << 10)
		if bytes.Contains(said, []byte("panic")) {
			t.Error("the log says panic")
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", said)
		}
	})
	p.Site = road.New("http://" + server.Begin(t, cmd, p.log, 30*time.Second))
	p.process = cmd.Process
	t.Cleanup(func() { p.Client.CloseIdleConnections() })
	return p
}

// write writes a file of the folder, as an editor does that puts a whole file
// in place of the old one.
func (p *place) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path+"~", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

func (p *place) command(t *testing.T, ctx context.Context, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := server.Build("gatehouse/cmd/gatehouse")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = p.dir
	return cmd
}

// run runs another command in the folder, and returns all that it said.
func (p *place) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, err := p.command(t, ctx, args...).CombinedOutput()
	if err != nil && ctx.Err() != nil {
		t.Fatalf("gatehouse %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// awaitLog waits until the log has all these words in one line, after what it
// had when the mark was made.
func (p *place) awaitLog(t *testing.T, mark int, words ...string) {
	t.Helper()
	eventually(t, "the log has "+strings.Join(words, ", "), func() bool {
		for line := range strings.Lines(string(p.log.Tail(1 << 20))[mark:]) {
			if hasAll(line, words) {
				return true
			}
		}
		return false
	})
}

// mark is where the log ends now.
func (p *place) mark() int { return len(p.log.Tail(1 << 20)) }

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// eventually waits until something is so, which takes the server a moment to
// notice.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not yet: %s", what)
		}
	}
}
