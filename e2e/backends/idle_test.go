package backends

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestIdleProcess has a process end though a client listens to what changes,
// stay away while nobody calls, and be there again for a call.
func TestIdleProcess(t *testing.T) {
	t.Parallel()
	p := start(t, "mcpServers:\n  hi: "+strings.TrimSuffix(child(t, "Hi"), "}")+`, "idle": "3s"}`)
	o := &others{place: p, token: p.Connect(t, p.Person("ada"), "hi").Access}
	g := connect(t, o, "2025-11-25") // it keeps a stream open

	first := g.greeter(t)
	eventually(t, "the process has ended", func() bool { return !alive(first) })
	mark := p.mark()
	time.Sleep(4 * time.Second)
	if said := string(p.log.Tail(1 << 20))[mark:]; strings.Contains(said, "server started") {
		t.Errorf("nobody called, and yet:\n%s", said)
	}
	if second := g.greeter(t); second == first || !alive(second) {
		t.Errorf("process %d answers, after %d", second, first)
	}
}

// greeter returns which process greets.
func (g *guest) greeter(t *testing.T) int {
	t.Helper()
	said := g.call(t, "hi_greet", map[string]any{"name": "Ada"})
	_, rest, _ := strings.Cut(said, "Hi from ")
	number, _, _ := strings.Cut(rest, ",")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("greeted with %q", said)
	}
	return pid
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
