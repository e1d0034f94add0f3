package production

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/authority"
	"gatehouse/e2e/person"
	"gatehouse/e2e/road"
	"gatehouse/e2e/server"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// password is what a person types who is asked for one.
var password = person.New("").Password

// place is a server that need not run yet: its folder, and where it will be.
type place struct {
	road.Site
	dir  string
	addr string
	log  *server.Log
}

// newPlace finds a place for a server with a URL of this scheme. Its name is
// localhost unless the test says otherwise.
func newPlace(t *testing.T, scheme string) *place {
	t.Helper()
	addr := server.FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	return &place{road.Over(scheme+"://localhost:"+port, authority.Trusting()), t.TempDir(), addr, new(server.Log)}
}

// configure writes the configuration: where the server is, and the rest.
func (p *place) configure(t *testing.T, rest string) {
	t.Helper()
	p.write(t, "gatehouse.yaml", fmt.Sprintf("urls: [%s]\naddr: %s\ndata: %s\n%s\n", p.URL, p.addr, p.data(), rest))
}

func (p *place) write(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *place) data() string { return filepath.Join(p.dir, "data") }

// start starts `serve`, or the command that is given with its flags. It ends
// with the test, and must end well.
func (p *place) start(t *testing.T, args ...string) {
	t.Helper()
	if len(args) == 0 {
		args = []string{"serve"}
	}
	cmd := p.command(t, context.Background(), append(args, "--config", "gatehouse.yaml")...)
	t.Cleanup(func() { p.judgeLog(t) })
	server.Begin(t, cmd, p.log, 10*time.Second)
	t.Cleanup(func() { p.Client.CloseIdleConnections() })
}

// judgeLog fails the test if the server found a defect in itself.
func (p *place) judgeLog(t *testing.T) {
	said := p.log.Tail(64 << 10)
	for _, bad := range []string{"panic", "status=500", "DATA RACE"} {
		if bytes.Contains(said, []byte(bad)) {
			t.Errorf("the log says %q", bad)
		}
	}
	if t.Failed() {
		t.Logf("the server said:\n%s", said[max(0, len(said)-8<<10):])
	}
}

// result is what became of a command.
type result struct {
	code           int
	stdout, stderr string
}

// run runs another command on the same folder. One that has not ended after a
// while is killed, and has the code -1.
func (p *place) run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := p.command(t, ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// do runs a command that must work, and returns what it printed.
func (p *place) do(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	got := p.run(t, stdin, append(args, "--data", p.data())...)
	if got.code != 0 {
		t.Fatalf("gatehouse %s: status %d: %s", strings.Join(args, " "), got.code, got.stderr)
	}
	return strings.TrimSpace(got.stdout)
}

// personal returns a personal token of somebody's for the whole site.
func (p *place) personal(t *testing.T, user string) string {
	t.Helper()
	return p.do(t, "", "token", "create", "--url", p.URL, "--user", user, "--scope", "math", "--scope", "whoami", "--label", "script")
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

// eventually waits until something is so, which takes the server a moment to
// notice.
func eventually(t *testing.T, within time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v not yet: %s", within, what)
		}
	}
}

// wantRecord waits until the record of calls has all these words.
func (p *place) wantRecord(t *testing.T, words ...string) {
	t.Helper()
	eventually(t, 5*time.Second, "the record has "+strings.Join(words, ", "), func() bool {
		text, err := os.ReadFile(filepath.Join(p.data(), "audit.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !bytes.Contains(text, []byte(w)) {
				return false
			}
		}
		return true
	})
}
