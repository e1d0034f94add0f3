//go:build !js

package backends

import (
	"bufio"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gatehouse/e2e/road"
)

// client is a session of 2025-11-25 that listens.
type client struct {
	*place
	token, session string
	heard          chan string // messages of its stream
}

// open opens a session and its stream, which stays until the test ends.
func (p *place) open(t *testing.T, token string) *client {
	t.Helper()
	c := &client{p, token, p.Session(t, token), make(chan string, 64)}
	p.Ask(t, road.Request{Token: token, Body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`, Header: road.InSession(c.session)})
	res, err := p.Begin(t.Context(), road.Request{Method: http.MethodGet, Token: token, Header: road.InSession(c.session)})
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the stream = %v, %v", res, err)
	}
	t.Cleanup(func() { res.Body.Close() })
	go func() {
		defer close(c.heard)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				c.heard <- data
			}
		}
	}()
	return c
}

// wantHeard waits for a message with these words.
func (c *client) wantHeard(t *testing.T, words string) {
	t.Helper()
	eventually(t, "the client hears "+words, func() bool {
		select {
		case message := <-c.heard:
			return strings.Contains(message, words)
		default:
			return false
		}
	})
}

func (c *client) greet(t *testing.T, tool string) string {
	t.Helper()
	r, err := c.Legacy(t.Context(), c.token, c.session, "7", tool, `{"name":"Ada"}`)
	if err != nil || r.Status != http.StatusOK {
		return fmt.Sprint(r, err)
	}
	return r.Body
}

func (c *client) list(t *testing.T) string {
	t.Helper()
	return c.Ask(t, road.Request{Token: c.token, Body: `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, Header: road.InSession(c.session)}).Body
}

// TestReload changes the configuration under an open session.
func TestReload(t *testing.T) {
	t.Parallel()
	first := startElsewhere(t, newServer("Hello", "Greets."), "")
	second := startElsewhere(t, newServer("Bonjour", "Greets."), "")
	files := "  files: " + child(t, "Hi") + "\n"
	config := func(rest string) string { return "backends:\n" + files + rest }
	more := fmt.Sprintf("  second: {url: %q, scopes: [], auth: {bearer: '${file:token}'}}\n", second.url)

	p := start(t, config(fmt.Sprintf("  first: {url: %q, scopes: []}\n", first.url)))
	p.write(t, "token", "one")
	c := p.open(t, p.Connect(t, p.Person("ada"), "files").Access)
	process := c.greet(t, "files_greet")
	if !strings.Contains(process, "Hi from") || !strings.Contains(c.greet(t, "first_greet"), "Hello, Ada") {
		t.Fatalf("before any change: %s", process)
	}

	// A backend comes and another one goes. The session goes on, the client
	// hears of it, and what has not changed runs on.
	mark := p.mark()
	p.write(t, "gatehouse.yaml", config(more))
	c.wantHeard(t, "notifications/tools/list_changed")
	p.awaitLog(t, mark, "the changed configuration is in place")
	eventually(t, "second is listed and first is not", func() bool {
		list := c.list(t)
		return strings.Contains(list, `"second_greet"`) && !strings.Contains(list, `"first_greet"`)
	})
	if got := c.greet(t, "second_greet"); !strings.Contains(got, "Bonjour, Ada") {
		t.Errorf("second_greet = %s", got)
	}
	if got := c.greet(t, "first_greet"); !strings.Contains(got, "Unknown tool") {
		t.Errorf("first_greet, which is gone = %s", got)
	}
	if got := c.greet(t, "files_greet"); got != process {
		t.Errorf("files_greet = %s, want the process that answered %s", got, process)
	}

	// A faulty change is refused as a whole, and each fault is said.
	mark = p.mark()
	p.write(t, "gatehouse.yaml", "backends:\n  third: {url: nowhere}\n  second: {comand: x}\n")
	p.awaitLog(t, mark, "level=ERROR", "the old one stays", "line 2: backends.third.url: this is no URL")
	p.awaitLog(t, mark, "level=ERROR", "the old one stays", "line 3: backends.second.comand: there is no such setting; do you mean command?")
	if got := c.greet(t, "second_greet"); !strings.Contains(got, "Bonjour, Ada") {
		t.Errorf("second_greet after a faulty change = %s", got)
	}

	// What cannot change while the server runs is said.
	mark = p.mark()
	p.write(t, "gatehouse.yaml", config(more)+"limits: {depth: 64}\n")
	p.awaitLog(t, mark, "level=WARN", "waits for the next start", "setting=limits")

	// A secret in a file is read again when it changes, or upon a signal.
	mark = p.mark()
	p.write(t, "token", "two")
	p.awaitLog(t, mark, "the changed configuration is in place")
	mark = p.mark()
	if err := p.process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.awaitLog(t, mark, "the changed configuration is in place")
	eventually(t, "the new token is sent", func() bool {
		c.greet(t, "second_greet")
		return strings.Contains(fmt.Sprint(second.credentials()), "Bearer two")
	})
	if got := c.greet(t, "files_greet"); got != process {
		t.Errorf("files_greet in the end = %s, want the process that answered %s", got, process)
	}
}

// TestReloadReplacesAProcess gives a child process another environment.
func TestReloadReplacesAProcess(t *testing.T) {
	t.Parallel()
	p := start(t, "backends: {files: "+child(t, "Hi")+"}\n")
	c := p.open(t, p.Connect(t, p.Person("ada"), "files").Access)
	before := number(t, c.greet(t, "files_greet"))
	p.write(t, "gatehouse.yaml", "backends: {files: "+child(t, "Hello")+"}\n")
	eventually(t, "the new process greets", func() bool { return strings.Contains(c.greet(t, "files_greet"), "Hello from") })
	if after := number(t, c.greet(t, "files_greet")); after == before {
		t.Errorf("the process is still %d", after)
	}
	eventually(t, "the old process is gone", func() bool { return syscall.Kill(before, 0) != nil })
}

// number is that of the process that greeted.
func number(t *testing.T, greeting string) int {
	t.Helper()
	m := regexp.MustCompile(`from (\d+),`).FindStringSubmatch(greeting)
	if m == nil {
		t.Fatalf("no process greeted: %s", greeting)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestReloadOffersTheScope asks for the scope of a backend that has come since
// the person logged in.
func TestReloadOffersTheScope(t *testing.T) {
	t.Parallel()
	up := startElsewhere(t, newServer("Hello", "Greets."), "")
	p := start(t, "# no backends yet\n")
	early := p.Connect(t, p.Person("ada"), "math")
	mark := p.mark()
	p.write(t, "gatehouse.yaml", fmt.Sprintf("backends: {late: {url: %q, description: Greet you}}\n", up.url))
	p.awaitLog(t, mark, "the changed configuration is in place")
	if r := p.greet(t, early.Access, "late_greet"); r.Status != http.StatusForbidden || !strings.Contains(r.Header.Get("WWW-Authenticate"), `late`) {
		t.Errorf("late_greet with a token from before = %v, %v", r, r.Header)
	}
	if r := p.Get(t, "/.well-known/oauth-protected-resource/mcp"); !r.Has(http.StatusOK, `"late"`) {
		t.Errorf("the metadata do not name the new scope: %v", r)
	}
	if r := p.greet(t, p.Connect(t, p.Person("ada"), "late").Access, "late_greet"); !r.Has(http.StatusOK, "Hello, Ada") {
		t.Errorf("late_greet = %v", r)
	}
}
