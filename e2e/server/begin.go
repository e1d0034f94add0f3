package server

import (
	"io"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Begin starts a command that serves, and waits until it says where. It is told
// to end with the test, and must end well, within the patience. What it says
// goes to the log.
func Begin(t testing.TB, cmd *exec.Cmd, log *Log, patience time.Duration) (addr string) {
	t.Helper()
	stdout, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		w.Close()
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the server ended with %v", err)
			}
		case <-time.After(patience):
			cmd.Process.Kill()
			t.Error("the server did not end in time")
		}
	})
	return Await(t, io.TeeReader(stdout, log), listening)[1]
}
