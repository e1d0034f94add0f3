package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/e2e/node"
)

// host is a running server, as its users meet it.
type host struct {
	url string // without a slash at the end
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

// startHost starts the server that the clients of a test talk to.
func startHost(t *testing.T) host {
	t.Helper()
	return startNative(t, t.TempDir())
}

// binary builds the command once for all tests. GATEHOUSE_BIN names one that
// is built already.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("GATEHOUSE_BIN"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "gatehouse-e2e")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "gatehouse")
	if out, err := exec.Command("go", "build", "-o", path, "gatehouse/cmd/gatehouse").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of the built binary, if there is one.
var built string

func removeBinary() {
	if built != "" {
		os.RemoveAll(built)
	}
}

// listening is the line in which the command says where it is.
var listening = regexp.MustCompile(`^listening on (\S+)$`)

// startNative starts `gatehouse dev` with its data in a folder, and waits
// until it listens. It ends with the test.
func startNative(t *testing.T, data string) host {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "dev", "--addr", "127.0.0.1:0", "--data", data)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", log.tail(16<<10))
		}
	})

	return host{url: "http://" + await(t, io.TeeReader(stdout, &log), listening)[1]}
}

// await reads what a process says until a line matches, and returns the
// match. The rest is read as well, so that the process never waits for us.
func await(t *testing.T, said io.Reader, line *regexp.Regexp) []string {
	t.Helper()
	found := make(chan []string, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := line.FindStringSubmatch(lines.Text()); m != nil {
				found <- m
				io.Copy(io.Discard, said)
				return
			}
		}
		close(found)
	}()
	select {
	case m, ok := <-found:
		if !ok {
			t.Fatalf("the process ended before it said %q", line)
		}
		return m
	case <-time.After(30 * time.Second):
		t.Fatalf("the process has not said %q", line)
	}
	panic("unreachable")
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// artifacts is the folder of what is kept for people to look at.
func artifacts(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("artifacts")
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

// buffer is what a process says, for many goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// tail returns the last n bytes.
func (b *buffer) tail(n int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.b.Bytes()
	return bytes.Clone(s[max(0, len(s)-n):])
}
