package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// child is a legacy server at the end of a line: it answers, and notices its
// end.
type child struct {
	answers chan []byte
	end     func()
	done    chan struct{}
	call    func(c *child, m mcp.Message)      // of tools/call
	first   func(c *child, m mcp.Message) bool // of what it answers itself; nil is nothing
	refused chan string                        // questions, and why nobody answers them
	results chan string                        // questions, and their answers
}

func newChild(call func(*child, mcp.Message)) *child {
	c := &child{answers: make(chan []byte, 16), done: make(chan struct{}), call: call, refused: make(chan string, 16), results: make(chan string, 16)}
	c.end = sync.OnceFunc(func() { close(c.done) })
	return c
}

func (c *child) say(message []byte) { c.answers <- message }

func (c *child) Send(_ context.Context, message []byte) error {
	m, err := mcp.Decode(message)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		return io.ErrClosedPipe
	default:
	}
	switch {
	case m.IsRequest() && c.first != nil && c.first(c, m):
	case m.IsResponse() && m.Error != nil:
		c.refused <- string(m.ID) + " " + m.Error.Error()
	case m.IsResponse():
		c.results <- string(m.ID) + " " + string(m.Result)
	case !m.IsRequest():
	case m.Method == mcp.MethodInitialize:
		c.say(mcp.AppendResult(nil, m.ID, []byte(`{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"child","version":"1"}}`)))
	case m.Method == mcp.MethodToolsList:
		c.say(mcp.AppendResult(nil, m.ID, []byte(`{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}`)))
	case m.Method == mcp.MethodToolsCall:
		c.call(c, m)
	default:
		c.say(mcp.AppendError(nil, m.ID, mcp.MethodNotFound(m.Method)))
	}
	return nil
}

func (c *child) Receive() ([]byte, error) {
	select {
	case m := <-c.answers:
		return m, nil
	case <-c.done:
		return nil, io.EOF
	}
}

func (c *child) Close() error {
	c.end()
	return nil
}

// family dials children, and keeps them.
type family struct {
	mu    sync.Mutex
	born  []*child
	of    []string
	call  func(*child, mcp.Message)
	first func(*child, mcp.Message) bool
}

func (f *family) Dial(_ context.Context, person string) (wire.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := newChild(f.call)
	c.first = f.first
	f.born, f.of = append(f.born, c), append(f.of, person)
	return c, nil
}

// alive counts the children that have not ended.
func (f *family) alive() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.born {
		select {
		case <-c.done:
		default:
			n++
		}
	}
	return n
}

func fine(c *child, m mcp.Message) { c.say(mcp.AppendResult(nil, m.ID, []byte(`{}`))) }

func TestALineEndsWhenNobodyUsesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &family{call: fine}
		s := newServer(t, Config{Dialer: f, Idle: time.Minute})
		defer s.Close()
		if _, err := s.tool(t, today, `{"name":"x"}`); err != nil {
			t.Fatal(err)
		}
		s.shown(t)
		for range 30 {
			time.Sleep(10 * time.Second)
			s.shown(t) // what there is may be asked for at any time
			synctest.Wait()
		}
		if f.alive() != 0 || len(f.born) != 1 {
			t.Errorf("%d of %d children live, after five idle minutes", f.alive(), len(f.born))
		}
		if _, err := s.tool(t, today, `{"name":"x"}`); err != nil || f.alive() != 1 {
			t.Errorf("the next call: %v, %d children live", err, f.alive())
		}
	})
}

func TestEachPersonHasALine(t *testing.T) {
	f := &family{call: fine}
	s := newServer(t, Config{Dialer: f, PerPerson: true})
	for range 2 {
		for _, who := range []mcp.Request{{Client: today}, {Client: yesterday}} {
			who.Method, who.Params = mcp.MethodToolsCall, []byte(`{"name":"x"}`)
			for _, person := range []string{"ann", "ben"} {
				caller := alice
				caller.Subject = person
				if _, err := s.Call(t.Context(), caller, &who, new(peer)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	lines := map[string]int{}
	for _, person := range f.of {
		lines[person]++
	}
	if lines["ann"] != 1 || lines["ben"] != 1 {
		t.Errorf("lines: %v", lines)
	}
}

func TestASharedLineAsksNobodyWhenItCouldBeTwo(t *testing.T) {
	both := make(chan mcp.Message, 2)
	f := &family{call: func(_ *child, m mcp.Message) { both <- m }}
	s := newServer(t, Config{Dialer: f, Revision: mcp.R20251125})
	var all sync.WaitGroup
	for _, tool := range []string{"x", "y"} {
		all.Go(func() {
			p := &peer{answer: []byte(`{"action":"accept"}`)}
			if _, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: []byte(`{"name":"` + tool + `"}`), Client: today}, p); err != nil {
				t.Error(err)
			}
		})
	}
	first, second := <-both, <-both
	f.born[0].say(mcp.AppendRequest(nil, `"q"`, mcp.MethodElicit, []byte(`{}`)))
	if got := <-f.born[0].refused; got != `"q" -32600 The client can only be asked while it waits for a call` {
		t.Errorf("the server heard %s", got)
	}
	fine(f.born[0], first)
	fine(f.born[0], second)
	all.Wait()
}

func TestIdleSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		server := legacyServer(func(_ *http.Request, m mcp.Message) answer { return result(m, `{}`) })
		s := newServer(t, Config{Idle: time.Minute, HTTP: carrier(func(r *http.Request, m mcp.Message) answer {
			if r.Method == http.MethodDelete {
				ended.Add(1)
			}
			return server(r, m)
		})})
		defer s.Close()
		for _, c := range []*mcp.Client{today, yesterday} {
			if _, err := s.tool(t, c, `{"name":"x"}`); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if ended.Load() != 2 { // the host's, and that of the client without one of its own
			t.Errorf("%d sessions were ended", ended.Load())
		}
		s.End(yesterday.Session)
		synctest.Wait()
		if ended.Load() != 3 {
			t.Errorf("%d sessions were ended, with that of the client", ended.Load())
		}
	})
}

// silent is a peer that does not answer.
type silent struct{ asked chan struct{} }

func (silent) Notify(context.Context, string, jsontext.Value) error { return nil }

func (p silent) Ask(ctx context.Context, _ string, _ jsontext.Value) (jsontext.Value, error) {
	close(p.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCloseWaitsForNobodysAnswer(t *testing.T) {
	f := &family{call: func(c *child, _ mcp.Message) {
		c.say(mcp.AppendRequest(nil, `"q"`, mcp.MethodElicit, []byte(`{}`)))
	}}
	s := newServer(t, Config{Dialer: f, Revision: mcp.R20251125})
	p := silent{make(chan struct{})}
	over := make(chan error, 1)
	go func() {
		_, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: []byte(`{"name":"x"}`), Client: today}, p)
		over <- err
	}()
	<-p.asked
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-over; !errors.Is(err, fault.Unavailable) {
		t.Errorf("the call: %v", err)
	}
}

func TestAQuestionForRootsWaitsForACall(t *testing.T) {
	answered := make(chan string, 1)
	f := &family{call: fine}
	s := newServer(t, Config{Dialer: f, PerPerson: true, Revision: mcp.R20251125})
	call := func() {
		t.Helper()
		p := &peer{answer: []byte(`{"roots":[]}`)}
		if _, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: []byte(`{"name":"x"}`), Client: today}, p); err != nil {
			t.Fatal(err)
		}
	}
	call()
	c := f.born[0]
	c.call = func(c *child, m mcp.Message) {
		answered <- <-c.results
		fine(c, m)
	}
	ss := s.sessions.find(s.owner(alice, today))
	defer s.sessions.put(ss)
	c.say(mcp.AppendRequest(nil, `"q"`, mcp.MethodRootsList, nil))
	for waits := 0; waits == 0; time.Sleep(time.Millisecond) {
		ss.mu.Lock()
		waits = len(ss.deferred)
		ss.mu.Unlock()
	}
	call()
	if got := <-answered; got != `"q" {"roots":[]}` {
		t.Errorf("the server heard %s", got)
	}
}

func TestNobodyTakesTheSessionsOfOthers(t *testing.T) {
	s := newServer(t, Config{HTTP: legacyServer(func(_ *http.Request, m mcp.Message) answer { return result(m, `{}`) })})
	call := func(who identity.Principal, capabilities string) {
		t.Helper()
		client := *today
		client.Capabilities = jsontext.Value(capabilities)
		if _, err := s.Call(t.Context(), who, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"x"}`), Client: &client}, new(peer)); err != nil {
			t.Fatal(err)
		}
	}
	call(bob, `{}`)
	for i := range 3 * maxPerPerson {
		call(alice, fmt.Sprintf(`{"experimental":{"x":%d}}`, i))
	}
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	if got, want := len(s.sessions.open), 2+maxPerPerson; got != want { // with that of the host
		t.Errorf("%d sessions are open, want %d", got, want)
	}
	if s.sessions.open[owner{kind: onePerson, id: bob.Subject, capabilities: "{}"}] == nil {
		t.Error("Bob's has ended")
	}
}
