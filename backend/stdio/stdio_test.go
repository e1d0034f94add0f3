//go:build !js

package stdio

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// logs is a log that tests can read.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// dialer returns a dialer of one of the children, which closes with the test.
// Afterwards nothing may be left: no process, no goroutine, no descriptor.
func dialer(t *testing.T, child string, change func(*Config)) (*Dialer, *logs) {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	log := new(logs)
	c := Config{
		Name:    "test",
		Command: os.Args[0],
		Env:     childEnv(child),
		Grace:   500 * time.Millisecond,
		Log:     slog.New(slog.NewTextHandler(log, nil)),
	}
	if change != nil {
		change(&c)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pids := d.Status().Processes
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for _, p := range pids {
			if n := len(readTable().familyOf(p.PID)); n > 0 {
				t.Errorf("%d processes are left of %d", n, p.PID)
			}
		}
		for _, e := range readTable() {
			if e.parent == os.Getpid() {
				t.Errorf("a child is left: %+v", e)
			}
		}
		eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines })
		if left := openFiles(t); left > files {
			t.Errorf("%d files are open, %d were before", left, files)
		}
		if t.Failed() {
			t.Logf("the log:\n%.4000s", log)
		}
	})
	return d, log
}

// openFiles counts the descriptors of this process, where that is possible.
func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("not so: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func dial(t *testing.T, d *Dialer, person string) wire.Conn {
	t.Helper()
	conn, err := d.Dial(t.Context(), person)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	return conn
}

// ask sends a request and returns what comes next.
func ask(t *testing.T, conn wire.Conn, id int, method string) (string, error) {
	t.Helper()
	if err := conn.Send(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q}`, id, method)); err != nil {
		return "", err
	}
	answer, err := conn.Receive()
	return string(answer), err
}

func TestEcho(t *testing.T) {
	d, _ := dialer(t, "echo", nil)
	conn := dial(t, d, "")
	for i := range 3 {
		got, err := ask(t, conn, i, "x")
		if err != nil {
			t.Fatal(err)
		}
		if id := string(mcp.Member([]byte(got), "id")); id != fmt.Sprint(i) {
			t.Errorf("answer %s, want id %d", got, i)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Receive(); !errors.Is(err, io.EOF) || errors.Is(err, fault.Unavailable) {
		t.Errorf("Receive after Close: %v, want EOF", err)
	}
	if err := conn.Send(t.Context(), []byte(`{}`)); err == nil {
		t.Error("Send after Close succeeded")
	}
	if s := d.Status(); len(s.Processes) != 0 || s.Starts != 1 || s.Deaths != 0 || s.LastEnd != "was closed" {
		t.Errorf("Status = %+v", s)
	}
}

func TestDeath(t *testing.T) {
	now := time.Now()
	d, log := dialer(t, "die", func(c *Config) { c.Now = func() time.Time { return now } })
	for range 2 { // the first death is forgiven
		conn := dial(t, d, "")
		if _, err := conn.Receive(); !errors.Is(err, io.EOF) || !errors.Is(err, fault.Unavailable) {
			t.Errorf("Receive = %v, want EOF and Unavailable", err)
		} else if !strings.Contains(err.Error(), "exit status 3") || strings.Contains(fault.Public(err), "exit status") {
			t.Errorf("Receive = %v, want the reason, for operators alone", err)
		}
		conn.Close()
	}
	if s := d.Status(); s.LastEnd != "exit status 3" || s.Starts != 2 || s.Deaths != 2 {
		t.Errorf("Status = %+v", s)
	}
	_, err := d.Dial(t.Context(), "")
	if !errors.Is(err, fault.Unavailable) || !strings.Contains(fault.Public(err), "again in 1s") {
		t.Errorf("Dial = %v, want to be told to wait", err)
	}
	if a, ok := errors.AsType[interface {
		error
		Answered() bool
	}](err); !ok || !a.Answered() {
		t.Error("who counts failures takes the refusal for one")
	}
	if _, err := d.Dial(t.Context(), "bob"); err != nil {
		t.Errorf("the death of one person's server keeps another from starting: %v", err)
	}
	now = now.Add(time.Second)
	dial(t, d, "").Close()
	for _, want := range []string{"cannot go on", "server died", "exit status 3"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

func TestCommand(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string // a part of the error; "" for none
	}{
		"a path":                      {func(*Config) {}, ""},
		"a name that is in PATH":      {func(c *Config) { c.Command = "sh" }, ""},
		"a name that is nowhere":      {func(c *Config) { c.Command = "no-such-server" }, `command "no-such-server": not found in PATH`},
		"a name in a PATH of its own": {func(c *Config) { c.Command, c.Env = "sh", map[string]string{"PATH": t.TempDir()} }, `command "sh": not found in PATH`},
		"a name, and no PATH":         {func(c *Config) { c.Command, c.Inherit = "sh", []string{} }, "no PATH"},
		"a path to nothing":           {func(c *Config) { c.Command = "/no/such/server" }, `command "/no/such/server": stat /no/such/server: no such file`},
		"a path to a text":            {func(c *Config) { c.Command = "./doc.go" }, `command "./doc.go": permission denied`},
		"a folder that is not there":  {func(c *Config) { c.Dir = "/no/such/dir" }, "folder to run in"},
		"a folder that is a file":     {func(c *Config) { c.Dir = "doc.go" }, "doc.go is none"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := dialer(t, "echo", tt.change)
			err := d.Check()
			_, dialErr := d.Dial(t.Context(), "")
			if tt.want == "" {
				if err != nil || dialErr != nil {
					t.Errorf("Check = %v, Dial = %v", err, dialErr)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %s", err, tt.want)
			}
			if !errors.Is(dialErr, fault.Unavailable) || !strings.Contains(fmt.Sprint(dialErr), tt.want) {
				t.Errorf("Dial = %v, want Unavailable and %s", dialErr, tt.want)
			}
			if dialErr != nil && strings.Contains(fault.Public(dialErr), tt.want) {
				t.Errorf("strangers read %q", fault.Public(dialErr))
			}
		})
	}
	for name, c := range map[string]Config{
		"no command":       {},
		"a negative limit": {Command: "x", Processes: -1},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("HOST_SECRET", "the host's own")
	t.Setenv("HOST_NAMED", "given on")
	dir := t.TempDir()
	d, log := dialer(t, "env", func(c *Config) {
		c.Inherit = []string{"HOST_NAMED", "NOT_SET"}
		c.Env["API_KEY"] = "sk-123456789"
		c.Args = []string{"-x", "--y=z"}
		c.Dir = dir
	})
	conn := dial(t, d, "")
	message, err := conn.Receive()
	if err != nil {
		t.Fatal(err)
	}
	got := string(message)
	for _, want := range []string{"HOST_NAMED=given on", "API_KEY=sk-123456789", dir, "-x --y=z"} {
		if !strings.Contains(got, want) {
			t.Errorf("the child lacks %q: %s", want, got)
		}
	}
	for _, not := range []string{"HOST_SECRET", "HOME=", "NOT_SET"} {
		if strings.Contains(got, not) {
			t.Errorf("the child has %q", not)
		}
	}
	eventually(t, "the log shows the environment, blotted", func() bool {
		return strings.Contains(log.String(), "API_KEY=REDACTED") && strings.Contains(log.String(), "HOST_NAMED=given on")
	})
	if strings.Contains(log.String(), "sk-123456789") {
		t.Error("the log has the key")
	}
}
