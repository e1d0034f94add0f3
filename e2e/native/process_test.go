package native

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/e2e/road"
	"gatehouse/e2e/server"
)

func TestMain(m *testing.M) {
	if runtime.GOOS == "windows" {
		os.Exit(0) // has neither of the signals
	}
	os.Exit(server.Run(m))
}

const (
	command = "gatehouse/cmd/gatehouse"
	slow    = "gatehouse/e2e/native/slowserver"
)

// launch says how to start a process. The zero value starts the command in a
// new folder on a free port.
type launch struct {
	command string
	data    string
	addr    string
	env     []string
}

// process is a running server.
type process struct {
	launch
	road.Site
	cmd    *exec.Cmd
	log    *server.Log
	exited chan struct{}
	err    error // of Wait, once exited is closed
}

var listening = regexp.MustCompile(`^listening on (\S+)$`)

// prepare builds the command and fills in what is not said.
func (l *launch) prepare(t *testing.T) *exec.Cmd {
	t.Helper()
	l.command = cmp.Or(l.command, command)
	l.addr = cmp.Or(l.addr, "127.0.0.1:0")
	if l.data == "" {
		l.data = t.TempDir()
	}
	binary, err := server.Build(l.command)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "dev", "--addr", l.addr, "--data", l.data)
	cmd.Env = append(os.Environ(), l.env...)
	return cmd
}

// start starts a server that ends with the test at the latest.
func (l launch) start(t *testing.T) *process {
	t.Helper()
	cmd := l.prepare(t)
	p := &process{launch: l, cmd: cmd, log: new(server.Log), exited: make(chan struct{})}
	p.cmd.Stderr = p.log
	stdout, w := io.Pipe()
	p.cmd.Stdout = w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		w.Close()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		p.judgeLog(t)
	})
	p.addr = server.Await(t, io.TeeReader(stdout, p.log), listening)[1]
	p.Site = road.New("http://" + p.addr)
	return p
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.exited
	p.Client.CloseIdleConnections()
}

// terminate tells the process to end, and returns at once.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// judgeLog fails the test if the server found a defect in itself.
func (p *process) judgeLog(t *testing.T) {
	all := p.log.Tail(64 << 20)
	for _, bad := range []string{"panic:", "status=500", "DATA RACE", "fatal error"} {
		if i := bytes.Index(all, []byte(bad)); i >= 0 {
			t.Errorf("the log says %q:\n%s", bad, all[max(0, i-300):min(len(all), i+3000)])
		}
	}
	if t.Failed() {
		t.Logf("the server said:\n%s", p.log.Tail(4<<10))
	}
}

// personal returns a personal access token, made by the command.
func (p *process) personal(t *testing.T, who string, scopes ...string) string {
	t.Helper()
	args := []string{"token", "create", "--data", p.data, "--url", p.URL, "--user", "dev:" + who}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.cmd.Path, args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("create a token: %v", err)
	}
	return strings.TrimSpace(string(out))
}
