package client

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/mcp"
)

// shelf is a modern server whose tools change, and which may be down.
type shelf struct {
	mu    sync.Mutex
	tools string
	ttl   int
	down  bool
	asked int
}

func (s *shelf) carrier() carrier {
	return func(r *http.Request, m mcp.Message) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.down {
			return answer{status: http.StatusServiceUnavailable, kind: "text/plain"}
		}
		if m.Method == mcp.MethodToolsList {
			s.asked++
		}
		return modernServer(map[string]string{mcp.MethodToolsList: fmt.Sprintf(`{"tools":[%s],"ttlMs":%d}`, s.tools, s.ttl)}, nil)(r, m)
	}
}

func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func tool(name string) string { return `{"name":"` + name + `","inputSchema":{"type":"object"}}` }

// names are those of the tools that the server offers.
func (s *Server) shown(t *testing.T) string {
	t.Helper()
	o, err := s.Offer(t.Context())
	if err != nil {
		return err.Error()
	}
	var names []string
	for _, e := range o.Tools {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func TestAnOfferIsKeptForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &shelf{tools: tool("a"), ttl: 10_000}
		s := newServer(t, Config{HTTP: up.carrier()})
		defer s.Close()
		first, err := s.Offer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		if again, _ := s.Offer(t.Context()); again != first || up.asked != 1 {
			t.Errorf("within its time the server was asked %d times", up.asked)
		}
		time.Sleep(2 * time.Second)
		again, _ := s.Offer(t.Context()) // begins to renew it
		synctest.Wait()
		if renewed, _ := s.Offer(t.Context()); again != first || renewed != first || up.asked != 2 {
			t.Errorf("the same content has another pointer, after %d questions", up.asked)
		}
		up.set(func() { up.tools = tool("a") + "," + tool("b") })
		s.offer.invalidate()
		if got := s.shown(t); got != "a" {
			t.Errorf("while it is renewed: %s, want the last one", got)
		}
		time.Sleep(offerRest)
		synctest.Wait()
		if got := s.shown(t); got != "a b" {
			t.Errorf("after it was renewed: %s", got)
		}
	})
}

func TestTheLastGoodOfferStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &shelf{tools: tool("a"), ttl: 1000}
		s := newServer(t, Config{HTTP: up.carrier()})
		defer s.Close()
		var log bytes.Buffer
		s.log = slog.New(slog.NewTextHandler(&log, nil))
		if st := s.Status(); st.State != Unknown {
			t.Errorf("state %s before anybody asked", st.State)
		}
		if got := s.shown(t); got != "a" || s.Status().State != Up {
			t.Fatalf("%s, %+v", got, s.Status())
		}
		up.set(func() { up.down = true })
		since := time.Now()
		for range 600 {
			time.Sleep(time.Second)
			if got := s.shown(t); got != "a" {
				t.Fatalf("while it is down: %s", got)
			}
		}
		synctest.Wait()
		if st := s.Status(); st.State != Stale || st.Err == nil || st.Failed.Sub(since) > 5*time.Second {
			t.Errorf("status %+v", st)
		}
		if !strings.Contains(log.String(), "status 503") {
			t.Errorf("nobody is told that it is down: %s", &log)
		}
		up.set(func() { up.down, up.tools = false, tool("b") })
		time.Sleep(time.Minute)
		s.shown(t)
		synctest.Wait()
		if got := s.shown(t); got != "b" || s.Status().State != Up {
			t.Errorf("after it came back: %s, %+v", got, s.Status())
		}
	})
}

func TestAServerThatIsDownIsAskedEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		s := newServer(t, Config{HTTP: carrier(func(*http.Request, mcp.Message) answer {
			tries++
			return answer{status: http.StatusBadGateway, kind: "text/plain"}
		})})
		defer s.Close()
		var log bytes.Buffer
		s.log = slog.New(slog.NewTextHandler(&log, nil))
		for range 1000 {
			time.Sleep(time.Second)
			if got := s.shown(t); got != strings.TrimSuffix(wordsUnreachable, ".")+": backend test: status 502 Bad Gateway" {
				t.Fatal(got)
			}
		}
		if tries < 30 || tries > 100 {
			t.Errorf("asked %d times in 1000 s", tries)
		}
		if st := s.Status(); st.State != Down {
			t.Errorf("state %s", st.State)
		}
		if log.Len() > 0 {
			t.Errorf("who asked is told, and the log says it again: %s", &log)
		}
	})
}

func TestManyWhoWaitAskOnce(t *testing.T) {
	up := &shelf{tools: tool("a"), ttl: 10_000}
	s := newServer(t, Config{HTTP: up.carrier()})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { s.shown(t) })
	}
	all.Wait()
	if up.asked != 1 {
		t.Errorf("asked %d times", up.asked)
	}
}
