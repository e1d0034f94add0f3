//go:build !js

package stdio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// TestEnds shows that each thing a process must not do ends it, soon, with the
// reason in the status, and that callers see fault.Unavailable.
func TestEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		child  string
		change func(*Config)
		want   string
	}{
		"it never answers":         {"deaf", func(c *Config) { c.Start = 100 * time.Millisecond }, "did not answer in time after its start; signal: killed"},
		"it closes its output":     {"mute", nil, "closed its output; signal: terminated"},
		"it writes without an end": {"endless", func(c *Config) { c.Message = 1 << 20 }, "wrote a message longer than the limit; signal: killed"},
		"it eats memory":           {"grow", func(c *Config) { c.Memory = 128 << 20 }, "used more memory than the limit; signal: killed"},
		"it exits":                 {"die", nil, "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.child == "grow" && !watchesMemory {
				t.Skip("memory is not watched on this system")
			}
			d, _ := dialer(t, tt.child, tt.change)
			conn := dial(t, d, "")
			began := time.Now()
			answer, err := ask(t, conn, 1, "x")
			if !errors.Is(err, fault.Unavailable) || !errors.Is(err, io.EOF) {
				t.Errorf("answer %.100s, %v, want Unavailable and EOF", answer, err)
			}
			eventually(t, "the process is gone", func() bool { return len(d.Status().Processes) == 0 })
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if got := d.Status().LastEnd; got != tt.want {
				t.Errorf("LastEnd = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNotes shows what an operator reads of the processes.
func TestNotes(t *testing.T) {
	d, _ := dialer(t, "die", nil)
	conn := dial(t, d, "dev:ada")
	if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], ", for dev:ada, since ") {
		t.Errorf("notes of a process = %q", notes)
	}
	if _, err := ask(t, conn, 1, "x"); err == nil {
		t.Error("it lives")
	}
	eventually(t, "the process is gone", func() bool { return len(d.Status().Processes) == 0 })
	if notes := d.Notes(); len(notes) != 1 || !strings.HasPrefix(notes[0], "1 of 1 processes have ended by themselves") || !strings.HasSuffix(notes[0], ": exit status 3") {
		t.Errorf("notes of its end = %q", notes)
	}
}

func TestUnread(t *testing.T) {
	d, _ := dialer(t, "deaf", func(c *Config) { c.Write = 2 * time.Second })
	conn := dial(t, d, "")
	request := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"x","params":%q}`, strings.Repeat("x", 1<<20))
	for range 2 { // one is being written, one waits
		if err := conn.Send(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := conn.Send(ctx, request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send = %v, want the context's error", err)
	}
	if err := conn.Send(t.Context(), request); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Send = %v, want Unavailable", err)
	}
	conn.Close()
	if got := d.Status().LastEnd; got != "does not read its input; signal: killed" {
		t.Errorf("LastEnd = %q", got)
	}
}

func TestGarbage(t *testing.T) {
	d, log := dialer(t, "banner", nil)
	conn := dial(t, d, "")
	for i := range 2 {
		if got, err := ask(t, conn, i, "x"); err != nil || string(mcp.Member([]byte(got), "id")) != fmt.Sprint(i) {
			t.Errorf("answer %s, %v", got, err)
		}
	}
	conn.Close()
	for _, want := range []string{"npm notice", "[info] {ready}", "on=stdout"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not show %q", want)
		}
	}
}

func TestFlood(t *testing.T) {
	d, log := dialer(t, "flood", nil)
	conn := dial(t, d, "")
	if _, err := ask(t, conn, 1, "x"); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	eventually(t, "the log says how much is missing", func() bool { return strings.Contains(log.String(), "dropped=") })
	if size := len(log.String()); size > 200*maxLine {
		t.Errorf("%d bytes of log", size)
	}
	if got := strings.Count(log.String(), "server says"); got < maxBurst || got > 2*maxBurst {
		t.Errorf("%d lines are shown, want about %d", got, maxBurst)
	}
}

func TestStubborn(t *testing.T) {
	d, _ := dialer(t, "stubborn", func(c *Config) { c.Grace = 100 * time.Millisecond })
	conn := dial(t, d, "")
	if _, err := ask(t, conn, 1, "x"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	conn.Close()
	if took := time.Since(began); took < 200*time.Millisecond || took > 5*time.Second {
		t.Errorf("Close took %s, want two times the grace", took)
	}
}

func TestIdle(t *testing.T) {
	d, _ := dialer(t, "echo", func(c *Config) { c.Idle = 100 * time.Millisecond })
	conn := dial(t, d, "")
	if _, err := ask(t, conn, 1, "x"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Send(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"never"}`)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if s := d.Status(); len(s.Processes) != 1 || !s.Processes[0].Busy {
		t.Fatalf("a process that owes an answer was stopped: %+v", s)
	}
	if err := conn.Send(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := conn.Receive(); err == nil {
		t.Error("a cancelled request was answered")
	} else if !errors.Is(err, io.EOF) || time.Since(began) > 5*time.Second {
		t.Errorf("Receive = %v after %s, want EOF soon", err, time.Since(began))
	}
	eventually(t, "it is gone", func() bool { return len(d.Status().Processes) == 0 })
	if s := d.Status(); s.LastEnd != "was idle" || s.Deaths != 0 {
		t.Errorf("Status = %+v", s)
	}
	if err := conn.Send(t.Context(), []byte(`{}`)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Send = %v, want Unavailable", err)
	}
	if _, err := ask(t, dial(t, d, ""), 1, "x"); err != nil {
		t.Errorf("the next line: %v", err)
	}
}

func TestSlowStart(t *testing.T) {
	d, _ := dialer(t, "slow", func(c *Config) { c.Idle = 100 * time.Millisecond })
	if _, err := ask(t, dial(t, d, ""), 1, mcp.MethodDiscover); err != nil {
		t.Errorf("a process that started slowly was taken for an idle one: %v", err)
	}
	eventually(t, "it is idle afterwards", func() bool { return d.Status().LastEnd == "was idle" })
}

func TestNumber(t *testing.T) {
	d, _ := dialer(t, "echo", func(c *Config) { c.Processes = 2 })
	ann, bob := dial(t, d, "ann"), dial(t, d, "bob")
	for _, conn := range []wire.Conn{ann, bob} {
		if _, err := ask(t, conn, 0, "x"); err != nil {
			t.Fatal(err)
		}
		if err := conn.Send(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"never"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Dial(t.Context(), "cid"); !errors.Is(err, fault.TooMany) {
		t.Fatalf("Dial of a third = %v, want TooMany", err)
	}
	began := time.Now()
	if err := bob.Send(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Dial(t.Context(), "cid"); !errors.Is(err, fault.TooMany) && time.Since(began) < settled {
		t.Fatalf("a process that had something to do just now made room: %v", err)
	}
	time.Sleep(settled)
	if _, err := ask(t, dial(t, d, "cid"), 1, "x"); err != nil {
		t.Error(err)
	}
	if _, err := bob.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("bob's line: %v, want EOF", err)
	}
	s := d.Status()
	if len(s.Processes) != 2 || s.Processes[0].Person != "ann" || s.Processes[1].Person != "cid" || s.LastEnd != "made room for another" {
		t.Errorf("Status = %+v", s)
	}
	for _, p := range s.Processes {
		if watchesMemory && p.Memory < 1<<20 {
			t.Errorf("process %d uses %d bytes", p.PID, p.Memory)
		}
	}
}

// TestCrowd opens and closes many lines at once, with as many as may run.
func TestCrowd(t *testing.T) {
	d, _ := dialer(t, "echo", func(c *Config) { c.Processes = 4 })
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 4 {
				conn, err := d.Dial(t.Context(), fmt.Sprint(i))
				if errors.Is(err, fault.TooMany) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := ask(t, conn, n, "x"); err != nil {
					t.Errorf("answer %s, %v", got, err)
				}
				conn.Close()
			}
		})
	}
	all.Wait()
	if s := d.Status(); s.Starts < 4 || s.Deaths != 0 {
		t.Errorf("Status = %+v", s)
	}
}

// TestCloseMeanwhile closes the dialer while lines are opened, to servers that
// stay and to those that end at once.
func TestCloseMeanwhile(t *testing.T) {
	for _, child := range []string{"echo", "die"} {
		t.Run(child, func(t *testing.T) {
			for round := range 10 {
				d, _ := dialer(t, child, nil)
				var all sync.WaitGroup
				for i := range 4 {
					all.Go(func() {
						conn, err := d.Dial(t.Context(), fmt.Sprint(i))
						if err != nil {
							if !errors.Is(err, fault.Unavailable) {
								t.Errorf("Dial = %v", err)
							}
							return
						}
						for err == nil {
							_, err = conn.Receive()
						}
						conn.Close()
					})
				}
				time.Sleep(time.Duration(round) * time.Millisecond)
				if err := d.Close(); err != nil {
					t.Error(err)
				}
				all.Wait()
				if left := d.Status().Processes; len(left) > 0 {
					t.Errorf("%d processes run after Close", len(left))
				}
			}
		})
	}
}

// TestParallel sends from many goroutines on one line: no message may be torn,
// and none be lost.
func TestParallel(t *testing.T) {
	d, _ := dialer(t, "echo", nil)
	conn := dial(t, d, "")
	const senders, each = 8, 200
	padding := strings.Repeat("p", 3000)
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for n := range each {
				if err := conn.Send(t.Context(), fmt.Appendf(nil, "{\"jsonrpc\":\"2.0\",\"id\":%d,\n\"method\":%q}", s*each+n, padding)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	seen := make(map[string]bool)
	for range senders * each {
		m, err := conn.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mcp.Decode(m); err != nil {
			t.Fatalf("%.100s: %v", m, err)
		}
		seen[string(mcp.Member(m, "id"))] = true
	}
	all.Wait()
	if len(seen) != senders*each {
		t.Errorf("%d ids, want %d", len(seen), senders*each)
	}
	if d.Status().Processes[0].Busy {
		t.Error("all is answered, and the process counts as busy")
	}
}
