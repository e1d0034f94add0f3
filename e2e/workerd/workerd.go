// Package workerd runs the Workers runtime for the tests, without the tools
// that develop and deploy Workers: a process with a configuration of its own,
// which can be killed as a power cut would and started again over what it left.
//
// The runtime is the one that worker/package.json brings.
package workerd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
)

// Process is a running workerd.
type Process struct {
	URL string // of its socket named "http", without a slash at the end

	cmd    *exec.Cmd
	log    server.Log
	exited chan struct{}
}

// Start starts workerd with the file config.capnp in dir, and waits until it
// listens. The service named "state" keeps its files in the folder state, and
// the environment has these variables besides its own and DEV_LOGIN=on, which
// they may change. The process ends with the test; if that has failed, what it said is shown. The test is skipped if
// nobody asked for such tests.
func Start(t testing.TB, dir, state string, env ...string) *Process {
	t.Helper()
	listens, control, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer listens.Close()
	p := &Process{exited: make(chan struct{})}
	p.cmd = exec.Command(binary(t), "serve", "config.capnp", "--control-fd=3", "--directory-path=state="+state)
	p.cmd.Dir = dir
	p.cmd.Env = slices.Concat(os.Environ(), []string{"DEV_LOGIN=on"}, env)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.ExtraFiles = []*os.File{control}
	err = errors.Join(p.cmd.Start(), control.Close())
	if err != nil {
		t.Fatalf("start workerd: %v", err)
	}
	go func() {
		p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("workerd said:\n%s", p.log.Tail(16<<10))
		}
	})
	listens.SetReadDeadline(time.Now().Add(30 * time.Second))
	port, err := await(listens)
	if err != nil {
		t.Fatalf("wait until workerd listens: %v", err)
	}
	p.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	return p
}

// await reads what workerd reports until the socket "http" listens.
func await(reports io.Reader) (port int, err error) {
	for decoder := jsontext.NewDecoder(reports); ; {
		var report struct {
			Event  string `json:"event"`
			Socket string `json:"socket"`
			Port   int    `json:"port"`
		}
		if err := json.UnmarshalDecode(decoder, &report); err != nil {
			return 0, err
		}
		if report.Event == "listen" && report.Socket == "http" {
			return report.Port, nil
		}
	}
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Said is what the process has said last.
func (p *Process) Said() string { return string(p.log.Tail(64 << 10)) }

// Kill ends the process as a power cut would.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// Terminate tells the process to end, and waits until it has.
func (p *Process) Terminate(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-p.exited
}

// binary finds the runtime, or skips the test if nobody asked for it. Asked
// for and not there is a failure.
func binary(t testing.TB) string {
	t.Helper()
	node.Asked(t)
	arch := map[string]string{"amd64": "64", "arm64": "arm64"}[runtime.GOARCH]
	path := filepath.Join(node.Root(t), "worker", "node_modules", "@cloudflare", "workerd-"+runtime.GOOS+"-"+arch, "bin", "workerd")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("find workerd: %v (run npm ci in worker)", err)
	}
	return path
}
