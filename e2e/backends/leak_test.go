//go:build !js

package backends

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestReloadLeaksNothing exchanges all backends many times while a client
// calls them, and looks at what the process then holds.
func TestReloadLeaksNothing(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("there is no /proc to look into")
	}
	up := startElsewhere(t, newServer("Hello", "Greets."), "")
	config := func(round int) string {
		return fmt.Sprintf("backends:\n  up: {url: %q, scopes: [], headers: {X-Round: %d}}\n  files: %s\n", up.url, round, child(t, fmt.Sprint("Hi", round)))
	}
	p := start(t, config(0))
	c := p.open(t, p.Connect(t, p.Person("ada"), "files").Access)
	greets := func(round int) {
		t.Helper()
		eventually(t, fmt.Sprintf("both greet in round %d", round), func() bool {
			return strings.Contains(c.greet(t, "up_greet"), "Hello, Ada") && strings.Contains(c.greet(t, "files_greet"), fmt.Sprintf("Hi%d from", round))
		})
	}
	greets(0)
	before := p.holds(t)
	if before.children == 0 {
		t.Fatalf("the server holds %+v, though a child process greeted", before)
	}
	const rounds = 15
	for round := 1; round <= rounds; round++ {
		mark := p.mark()
		p.write(t, "gatehouse.yaml", config(round))
		if err := p.process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		p.awaitLog(t, mark, "the changed configuration is in place")
		greets(round)
	}
	eventually(t, fmt.Sprintf("the server holds no more than before, %v", before), func() bool {
		now := p.holds(t)
		return now.files <= before.files+3 && now.children <= before.children
	})
}

// holdings are what a process has of the system.
type holdings struct{ files, children int }

func (p *place) holds(t *testing.T) (h holdings) {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	h.files = len(files)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// The name may hold anything but ends with the last parenthesis.
		_, after, _ := strings.Cut(string(text[strings.LastIndex(string(text), ")")+1:]), " ")
		if fields := strings.Fields(after); len(fields) > 1 && fields[1] == strconv.Itoa(p.process.Pid) {
			h.children++
		}
	}
	return h
}
