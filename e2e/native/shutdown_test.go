package native

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// TestShutdown tells the server to end while it is busy.
func TestShutdown(t *testing.T) {
	t.Parallel()
	p := launch{command: slow}.start(t)
	token := p.personal(t, "ada", "slow", "changing")
	session := p.Session(t, token)

	// 1. Streams are open, calls are running, and one connection is idle.
	listen := p.stream(t, road.Listen(token))
	listen.await(t, "notifications/subscriptions/acknowledged")
	get := p.stream(t, road.Request{Method: http.MethodGet, Token: token, Header: road.InSession(session)})
	get.await(t, "id: ")
	var calls sync.WaitGroup
	call := func(name, want string, do func(ctx context.Context) (road.Reply, error)) {
		calls.Go(func() {
			if r, err := do(t.Context()); err != nil || r.Status != http.StatusOK || !strings.Contains(r.Body, want) {
				t.Errorf("%s = %v, %v, want %s", name, r, err, want)
			}
		})
	}
	for i := range 8 {
		ms := 1500 + 100*i // beyond a second an answer becomes a stream
		arguments, want := fmt.Sprintf(`{"ms":%d}`, ms), fmt.Sprintf(`{"slept":%d}`, ms)
		call("a modern call", want, func(ctx context.Context) (road.Reply, error) {
			return p.Modern(ctx, token, "sleep", arguments)
		})
		call("a call in a session", want, func(ctx context.Context) (road.Reply, error) {
			return p.Legacy(ctx, token, session, fmt.Sprint(i), "sleep", arguments)
		})
	}
	p.awaitRecord(t, `"phase":"started"`, 16)

	// 2. It is told to end. Nobody new comes in, and streams end in their way.
	began := time.Now()
	p.terminate(t)
	p.awaitRefusal(t)
	listen.await(t, `"resultType":"complete"`)
	if err := listen.rest(); err != nil {
		t.Errorf("the stream of changes ended with %v", err)
	}
	if err := get.rest(); err != nil {
		t.Errorf("the stream of the session ended with %v", err)
	}

	// 3. What was running is answered, and only then it ends.
	calls.Wait()
	<-p.exited
	if took := time.Since(began); p.err != nil || took > 20*time.Second {
		t.Errorf("the server ended after %v: %v", took, p.err)
	}
	if lines := checkRecord(t, p.data, 0); lines != 2*16 {
		t.Errorf("the record of 16 calls has %d lines", lines)
	}

	// 4. The session goes on in the next process.
	p = launch{command: slow, data: p.data, addr: p.addr}.start(t)
	if r, err := p.Legacy(t.Context(), token, session, "9", "sleep", `{"ms":1}`); err != nil || r.Status != http.StatusOK {
		t.Errorf("the session is gone: %v, %v", r, err)
	}
}

// TestImpatience shows that who asks for the end twice need not wait for calls.
func TestImpatience(t *testing.T) {
	t.Parallel()
	p := launch{command: slow}.start(t)
	token := p.personal(t, "ada", "slow")
	var call sync.WaitGroup
	call.Go(func() {
		if r, err := p.Modern(t.Context(), token, "sleep", `{"ms":20000}`); err == nil && strings.Contains(r.Body, "slept") {
			t.Errorf("the call was waited for: %v", r)
		}
	})
	p.awaitRecord(t, `"phase":"started"`, 1)
	p.terminate(t)
	p.awaitRefusal(t)
	if !p.endsIfAsked() {
		t.Error("the server goes on")
		p.kill()
	}
	call.Wait()
}

// endsIfAsked tells the process to end, again and again.
func (p *process) endsIfAsked() bool {
	for range 50 {
		p.cmd.Process.Signal(syscall.SIGTERM) // fails once it has ended
		select {
		case <-p.exited:
			return true
		case <-time.After(100 * time.Millisecond):
		}
	}
	return false
}

// events is an answer that goes on.
type events struct {
	res   *http.Response
	lines *bufio.Scanner
}

func (p *process) stream(t *testing.T, q road.Request) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	res, err := p.Begin(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream = %s %s", res.Status, res.Header)
	}
	return &events{res, bufio.NewScanner(res.Body)}
}

// await reads until a line holds this text.
func (e *events) await(t *testing.T, text string) {
	t.Helper()
	for e.lines.Scan() {
		if strings.Contains(e.lines.Text(), text) {
			return
		}
	}
	t.Fatalf("the stream ended without %q: %v", text, e.lines.Err())
}

// rest reads to the end, and returns nil if it is a clean one.
func (e *events) rest() error {
	for e.lines.Scan() {
	}
	return e.lines.Err()
}

// awaitRefusal returns once nobody can connect any more.
func (p *process) awaitRefusal(t *testing.T) {
	t.Helper()
	for range 500 {
		conn, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err != nil {
			return
		}
		conn.Close()
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the server still takes connections")
}
