// Package server builds and starts the command for the tests, as its users
// would: with a folder for its data, on a free port of loopback.
package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running server.
type Server struct {
	URL string // without a slash at the end

	binary, data string
}

// listening is the line in which the command says where it is.
var listening = regexp.MustCompile(`^listening on (\S+)$`)

// Start builds the command with this import path, starts it with `dev` and
// more arguments, and waits until it listens. It ends with the test; if that
// has failed, what the server said is shown.
func Start(t testing.TB, command string, args ...string) *Server {
	t.Helper()
	binary, err := Build(command)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{binary: binary, data: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	args = append([]string{"dev", "--addr", "127.0.0.1:0", "--data", s.data}, args...)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := new(Log)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", log.Tail(16<<10))
		}
	})
	s.URL = "http://" + Await(t, io.TeeReader(stdout, log), listening)[1]
	return s
}

// Token returns a personal access token of ada's for these scopes.
func (s *Server) Token(t testing.TB, scopes ...string) string {
	t.Helper()
	args := []string{"token", "create", "--data", s.data, "--url", s.URL, "--user", "dev:ada"}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	out, err := exec.Command(s.binary, args...).Output()
	if err != nil {
		t.Fatalf("create a token: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Await reads what a process says until a line matches, and returns the
// match. The rest is read as well, so that the process never waits for us.
func Await(t testing.TB, said io.Reader, line *regexp.Regexp) []string {
	t.Helper()
	found := make(chan []string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := line.FindStringSubmatch(lines.Text()); m != nil {
				found <- m
				break
			}
		}
		io.Copy(io.Discard, said)
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

// FreeAddr is an address of loopback that nobody listened on a moment ago, for
// who wants to be told one.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
