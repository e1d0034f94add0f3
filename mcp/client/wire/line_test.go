package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/mcp"
)

// pipe is a line whose other end is the test.
type pipe struct {
	says  chan string
	heard chan string
	fails error // of Send
	close func()
}

func newPipe() *pipe {
	p := &pipe{says: make(chan string, 8), heard: make(chan string, 8)}
	p.close = sync.OnceFunc(func() { close(p.says) })
	return p
}

func (p *pipe) Send(_ context.Context, message []byte) error {
	if p.fails == nil {
		p.heard <- string(message)
	}
	return p.fails
}

func (p *pipe) Receive() ([]byte, error) {
	if text, ok := <-p.says; ok {
		return []byte(text), nil
	}
	return nil, io.EOF
}

func (p *pipe) Close() error {
	p.close()
	return nil
}

func TestALine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		says  []string
		ends  bool
		hears string
		kind  error
	}{
		{"an answer", []string{done}, false, "", nil},
		{"an answer, whatever stands before", []string{"starting up", `{"jsonrpc":"2.0","id":9,"result":{}}`, done}, false, "hears 9", nil},
		{"what is the request's, before its answer", []string{`[{"jsonrpc":"2.0","method":"notifications/a"},{"jsonrpc":"2.0","method":"notifications/b"}]`, done}, false,
			"told notifications/a, told notifications/b", nil},
		{"the end", nil, true, "", errEnded},
		{"an answer just before the end", []string{done}, true, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, p := new(desk), newPipe()
				l := NewLine(d.env(t.Context()), p)
				r := d.request("x")
				if strings.Contains(tt.hears, "told") {
					d.of = r
				}
				go func() {
					<-p.heard
					for _, text := range tt.says {
						p.says <- text
					}
					if tt.ends {
						p.close()
					}
				}()
				m, err := l.Do(t.Context(), r)
				if !errors.Is(err, tt.kind) || err == nil && string(m.Result) != "{}" {
					t.Errorf("Do = %s, %v, want %v", m.Result, err, tt.kind)
				}
				if d.of != nil {
					d.said = slices.DeleteFunc(d.said, func(said string) bool { return strings.HasPrefix(said, "hears ") })
				}
				if d.heard() != tt.hears {
					t.Errorf("%s, want %s", d.heard(), tt.hears)
				}
				l.Close()
				if d.work.Wait(); d.ended != 1 {
					t.Errorf("the session heard %d times that the line has ended", d.ended)
				}
			})
		})
	}
}

func TestWhatIsSaidOfARequestThatIsNotOnItsWayIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p := new(desk), newPipe()
		l := NewLine(d.env(t.Context()), p)
		defer l.Close()
		d.of = d.request("x") // is known to the session, but not sent yet
		p.says <- `{"jsonrpc":"2.0","method":"notifications/x"}`
		synctest.Wait()
		if want := "hears notifications/x"; d.heard() != want {
			t.Errorf("%s, want %s", d.heard(), want)
		}
	})
}

func TestWhetherARequestWasSent(t *testing.T) {
	for name, tt := range map[string]struct {
		fails error
		sent  bool // for all that we know
	}{
		"a pipe that is closed": {io.ErrClosedPipe, false},
		"one that may be":       {errUncertain, true},
	} {
		d, p := new(desk), newPipe()
		p.fails = tt.fails
		l := NewLine(d.env(t.Context()), p)
		if _, err := l.Do(t.Context(), d.request("x")); !errors.Is(err, tt.fails) || errors.Is(err, ErrNotSent) == tt.sent {
			t.Errorf("%s: %v", name, err)
		}
		l.Close()
		d.work.Wait()
	}
}

func TestListenOnALine(t *testing.T) {
	const ack = `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
	const changed = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
	synctest.Test(t, func(t *testing.T) {
		d, p, heard := new(desk), newPipe(), 0
		l := NewLine(d.env(t.Context()), p)
		ctx, cancel := context.WithCancel(t.Context())
		p.says <- strings.Replace(changed, ":1}", ":2}", 1) // of nobody
		synctest.Wait()
		go func() { <-p.heard; p.says <- ack; p.says <- changed }()
		first, gone, err := l.Listen(ctx, d.request(mcp.MethodListen), func(*mcp.Message) { heard++ })
		if err != nil || first.Method != mcp.NoteSubscriptionsAcked {
			t.Fatalf("Listen = %s, %v", first.Method, err)
		}
		synctest.Wait()
		cancel()
		<-gone
		if want := "hears notifications/tools/list_changed, cancels 1"; d.heard() != want || heard != 1 {
			t.Errorf("%s, and %d changes, want %s", d.heard(), heard, want)
		}
		l.Close()
		d.work.Wait()
	})
}

// twoWays is a server of 2024-11-05: what is posted to it is answered on its
// stream.
type twoWays struct {
	first string // event
	posts func() (*http.Response, error)
	says  *io.PipeWriter
}

func (s *twoWays) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		return s.posts()
	}
	from, to := io.Pipe()
	s.says = to
	context.AfterFunc(r.Context(), func() { to.CloseWithError(r.Context().Err()) })
	go func() { _, _ = io.WriteString(to, s.first) }()
	return open(200, "text/event-stream", from), nil
}

func TestDialEvents(t *testing.T) {
	for _, tt := range []struct {
		name, first string
		kind        error
	}{
		{"an endpoint", "event: endpoint\ndata: /messages?session=1\n\n", nil},
		{"one that is written out", "event: endpoint\ndata: http://upstream.example/messages\n\n", nil},
		{"one at another host", "event: endpoint\ndata: http://other.example/messages\n\n", ErrNonsense},
		{"one of another scheme", "event: endpoint\ndata: https://upstream.example/messages\n\n", ErrNonsense},
		{"one that is no URL", "event: endpoint\ndata: %zz\n\n", ErrNonsense},
		{"a message", "data: " + done + "\n\n", ErrNonsense},
		{"nothing for too long", ": wait\n\n", context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to, err := NewEndpoint("http://upstream.example/sse", nil, &twoWays{first: tt.first}, 1<<10)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				conn, err := DialEvents(ctx, new(desk).env(t.Context()), to)
				if errors.Is(tt.kind, context.DeadlineExceeded) {
					if err == nil {
						t.Error("it stands")
					}
				} else if !errors.Is(err, tt.kind) {
					t.Errorf("DialEvents: %v, want %v", err, tt.kind)
				}
				if conn != nil {
					conn.Close()
				}
			})
		})
	}
}

func TestAnEventLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &twoWays{first: "event: endpoint\ndata: /messages\n\n"}
		to, err := NewEndpoint("http://upstream.example/sse", nil, up, 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		d := new(desk)
		conn, err := DialEvents(t.Context(), d.env(t.Context()), to)
		if err != nil {
			t.Fatal(err)
		}
		l := NewLine(d.env(t.Context()), conn)
		up.posts = func() (*http.Response, error) {
			go func() { _, _ = io.WriteString(up.says, "event: other\ndata: x\n\ndata: "+done+"\n\n") }()
			return say(202, "text/plain", "Accepted"), nil
		}
		if m, err := l.Do(t.Context(), d.request("x")); err != nil || string(m.Result) != "{}" {
			t.Errorf("Do = %s, %v", m.Result, err)
		}
		for name, tt := range map[string]struct{ fails, kind error }{
			"nobody there":     {&net.OpError{Op: "dial", Err: io.EOF}, ErrNotSent},
			"broke on the way": {io.ErrUnexpectedEOF, errUncertain},
		} {
			up.posts = func() (*http.Response, error) { return nil, tt.fails }
			if _, err := l.Do(t.Context(), d.request("x")); !errors.Is(err, tt.kind) {
				t.Errorf("%s: %v, want %v", name, err, tt.kind)
			}
		}
		up.posts = func() (*http.Response, error) { return say(401, "text/plain", ""), nil }
		_, err = l.Do(t.Context(), d.request("x"))
		if e, ok := errors.AsType[*Refusal](err); !ok || !e.RefusesUs() {
			t.Errorf("a refusal: %v", err)
		}
		l.Close()
		d.work.Wait()
	})
}
