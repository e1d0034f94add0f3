package server

import (
	"bytes"
	"io"
	"os/exec"
	"testing"

	"gatehouse/mcp"
)

// Upstream builds the command with this import path, whose main is that of
// e2e/upstream, and starts it over HTTP, in one revision or, if that is empty,
// in all. It returns the URL of the
// endpoint. The command ends with the test.
func Upstream(t testing.TB, command string, revision mcp.Revision) string {
	t.Helper()
	binary, err := Build(command)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-http", "127.0.0.1:0", "-revision", string(revision))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log Log
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", command, bytes.TrimSpace(log.Tail(8<<10)))
		}
	})
	path := "/mcp"
	if revision == mcp.R20241105 {
		path = "/sse"
	}
	return "http://" + Await(t, io.TeeReader(stdout, &log), listening)[1] + path
}
