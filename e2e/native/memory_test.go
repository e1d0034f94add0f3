package native

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/trial"
)

const (
	manyCalls    = 20_000 // in each era
	manySessions = 500
	perPerson    = 64 // sessions, as the configuration has it if it says nothing
	fifths       = 5
)

// TestMemory makes many calls and opens many sessions that nobody ends. What
// the process occupies must not grow with them.
func TestMemory(t *testing.T) {
	t.Parallel()
	// The collector is told not to wait for a large heap: what is measured is
	// what stays.
	p := launch{env: []string{"GOGC=50"}}.start(t)
	token := p.personal(t, "ada", "math")
	if p.resident() == 0 {
		t.Skip("this system does not tell what a process occupies")
	}

	p.flat(t, "modern calls", func() {
		p.many(t, manyCalls/fifths, func(i int) (road.Reply, error) {
			return p.Modern(t.Context(), token, "add", fmt.Sprintf(`{"a":%d,"b":1000}`, i))
		})
	})
	session := p.Session(t, token)
	p.flat(t, "calls in a session", func() {
		p.many(t, manyCalls/fifths, func(i int) (road.Reply, error) {
			return p.Legacy(t.Context(), token, session, fmt.Sprint(i), "add", fmt.Sprintf(`{"a":%d,"b":1000}`, i))
		})
	})
	var opened []string
	p.flat(t, "sessions", func() {
		for range manySessions / fifths {
			opened = append(opened, p.Session(t, token))
		}
	})
	if alive := p.alive(t, token, opened); alive != perPerson {
		t.Errorf("of %d sessions %d live, want %d", len(opened), alive, perPerson)
	}

	opened = make([]string, 4*perPerson)
	trial.AtOnce(len(opened), func(i int) { opened[i], _, _ = p.Initialize(t.Context(), token) })
	if alive := p.alive(t, token, opened); alive != perPerson {
		t.Errorf("of %d sessions opened at once %d live, want %d", len(opened), alive, perPerson)
	}
}

// flat does the work of a fifth five times, and compares what the process
// occupies after the second with what it does after the last.
func (p *process) flat(t *testing.T, what string, fifth func()) {
	t.Helper()
	var sizes [fifths]int
	for i := range sizes {
		fifth()
		sizes[i] = p.resident()
	}
	t.Logf("KiB occupied after each fifth of the %s: %v", what, sizes)
	if second, last := sizes[1], sizes[fifths-1]; last > second+second/4+8<<10 {
		t.Errorf("the %s made the process grow from %d KiB to %d", what, second, last)
	}
}

// many makes n calls by a few callers, all with sums of their own.
func (p *process) many(t *testing.T, n int, call func(i int) (road.Reply, error)) {
	t.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if r, err := call(i); err != nil || !r.Adds(i+1000) {
					t.Errorf("call %d = %v, %v", i, r, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// alive counts the sessions in which calls are answered. All others must be
// as if they had never been.
func (p *process) alive(t *testing.T, token string, sessions []string) (n int) {
	t.Helper()
	for _, session := range sessions {
		if session == "" {
			continue
		}
		r, err := p.Legacy(t.Context(), token, session, "1", "add", `{"a":1,"b":1}`)
		switch {
		case err == nil && r.Adds(2):
			n++
		case err != nil || r.Status != http.StatusNotFound:
			t.Errorf("a session that had to go = %v, %v", r, err)
		}
	}
	return n
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident returns how many KiB of memory the process occupies, or 0 where the
// system does not tell.
func (p *process) resident() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := residentLine.FindSubmatch(status)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
