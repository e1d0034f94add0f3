package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestClientThatLeaves(t *testing.T) {
	for _, tt := range []struct {
		name string
		said string
		do   func(r *http.Request) error // what the handler learns of it
	}{
		{"while it waits for the answer", usual, waits},
		{"while a body that is all there is not read", post("/", "body"), waits},
		{"behind a part of the body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nbody", func(r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return errors.Join(err, r.Context().Err())
		}},
		{"behind the head", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", func(r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return errors.Join(err, r.Context().Err())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, new(http.Server), func(t *testing.T, s *Server, l *lines) {
				learned := make(chan error, 1)
				s.HTTP.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { learned <- tt.do(r) })
				c := l.dial()
				c.say(tt.said)
				time.Sleep(time.Second)
				left := time.Now()
				c.Close()
				if err := <-learned; !errors.Is(err, context.Canceled) || time.Since(left) > time.Second {
					t.Errorf("the handler has learned %v after %v, want context.Canceled at once", err, time.Since(left))
				}
			})
		})
	}
}

// A body that is long in coming has nobody watch its client, but the one who
// reads it; the watch begins behind it.
func TestBodyThatIsLate(t *testing.T) {
	inBubble(t, &http.Server{ReadTimeout: time.Second}, func(t *testing.T, s *Server, l *lines) {
		learned := make(chan error, 1)
		s.HTTP.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err != nil || string(body) != "body" {
				t.Errorf("body %q and %v", body, err)
			}
			learned <- waits(r)
		})
		c, said := l.dial(), post("/", "body")
		c.say(said[:len(said)-4], "b", "od")
		time.Sleep(10 * soon)
		s.mu.Lock()
		for c := range s.conns {
			if s.late.Stop(&c.alarm) {
				t.Error("there is an alarm while the body is awaited")
			}
		}
		s.mu.Unlock()
		c.say("y")
		time.Sleep(time.Minute / 2) // the time for the body is over
		c.Close()
		if err := <-learned; !errors.Is(err, context.Canceled) {
			t.Errorf("the handler has learned %v, want context.Canceled", err)
		}
	})
}

func waits(r *http.Request) error {
	select {
	case <-r.Context().Done():
		return r.Context().Err()
	case <-time.After(time.Minute):
		return errors.New("nobody has left")
	}
}

// A client may say more while its request is served. It is answered in order,
// and has not left.
func TestPipelining(t *testing.T) {
	for name, pieces := range map[string][]string{
		"at once":                    {post("/1", "a") + post("/2", "b") + post("/3", "c")},
		"one request after another":  {post("/1", "a"), post("/2", "b"), post("/3", "c")},
		"in strange pieces":          {post("/1", "a") + post("/2", "b")[:5], post("/2", "b")[5:] + post("/3", "c")[:30], post("/3", "c")[30:]},
		"byte by byte":               strings.Split(post("/1", "a")+post("/2", "b")+post("/3", "c"), ""),
		"a body on its own":          {post("/1", ""), post("/2", "b")[:len(post("/2", "b"))-1], "b", post("/3", "c")},
		"one that goes to net/http":  {post("/1", "a"), "PUT /2 HTTP/1.1\r\nHost: h\r\n\r\n", post("/3", "c")},
		"with a line end in between": {post("/1", "a") + "\r\n" + post("/2", "b"), "\r\n", post("/3", "c")},
	} {
		for _, takes := range []time.Duration{0, 3 * soon} {
			t.Run(fmt.Sprint(name, ", served in ", takes), func(t *testing.T) {
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(takes)
					fmt.Fprint(w, r.URL.Path, " ", r.Context().Err())
				})
				inBubble(t, &http.Server{Handler: h}, func(t *testing.T, _ *Server, l *lines) {
					c := l.dial()
					defer c.Close()
					go c.say(pieces...)
					for _, want := range []string{"/1 <nil>", "/2 <nil>", "/3 <nil>"} {
						if got := c.hear(http.MethodPost); !strings.HasSuffix(got, "\n"+want) {
							t.Fatalf("heard %s\nwant %s", got, want)
						}
					}
				})
			})
		}
	}
}

// The time limits are those of the http.Server, to the next two rounds of the
// patrol.
func TestLimits(t *testing.T) {
	const exactly = 2 * patrolEvery
	all := func() *http.Server {
		return &http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 10 * time.Minute, IdleTimeout: 2 * time.Minute}
	}
	for _, tt := range []struct {
		name   string
		server *http.Server
		said   []string
		heard  []string // and then nothing
		ends   time.Duration
	}{
		{"who says nothing has the time of a head", all(), nil, nil, 10 * time.Second},
		{"or that of a request", &http.Server{ReadTimeout: time.Minute}, nil, nil, time.Minute},
		{"or a moment", &http.Server{ReadHeaderTimeout: time.Millisecond}, nil, nil, time.Millisecond},
		{"half a head has the time of a head", all(), []string{"GET"}, []string{"400 Bad Request"}, 10 * time.Second},
		{"who says no more has its own time", all(), []string{usual}, []string{"/small"}, 2 * time.Minute},
		{"or that of a request", &http.Server{ReadTimeout: time.Minute}, []string{usual}, []string{"/small"}, time.Minute},
		{"line ends are no request", all(), []string{post("/a", ""), "\r\n", "\r\n"}, []string{"/a"}, 2 * time.Minute},
		{"who does not send the body has the time of a request", all(), []string{"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"}, []string{"/read read pipe: i/o timeout"}, time.Minute},
		{"also if nobody reads it", all(), []string{"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"}, []string{"/a"}, time.Minute},
		{"a handler has the time of an answer", all(), []string{"GET /waits HTTP/1.1\r\nHost: h\r\n\r\n"}, nil, 10 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch io.WriteString(w, r.URL.Path); r.URL.Path {
				case "/waits":
					<-r.Context().Done()
				case "/read":
					_, err := io.ReadAll(r.Body)
					io.WriteString(w, " "+err.Error())
				}
			})
			inBubble(t, tt.server, func(t *testing.T, _ *Server, l *lines) {
				time.Sleep(patrolEvery - time.Millisecond) // a round is just about to begin
				c, begun := l.dial(), time.Now()
				go c.say(tt.said...)
				heard, err := io.ReadAll(c)
				if took := time.Since(begun); took < tt.ends || took > tt.ends+exactly {
					t.Errorf("ended after %v, want %v", took, tt.ends)
				}
				if err != nil || bytes.Count(heard, []byte("HTTP/1.1 ")) != len(tt.heard) {
					t.Errorf("heard %q and %v, want %q", heard, err, tt.heard)
				}
				for _, want := range tt.heard {
					if !bytes.Contains(heard, []byte("\r\n\r\n"+want)) {
						t.Errorf("heard %q, want %q", heard, want)
					}
				}
			})
		})
	}
}

// A client that takes nothing holds up a handler as long as there is time for
// writes: that of the server, or of the handler.
func TestClientThatReadsNothing(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 1<<20)
	for _, tt := range []struct {
		name  string
		write func(w http.ResponseWriter) error
		ends  time.Duration
	}{
		{"a large answer", func(w http.ResponseWriter) error {
			_, err := w.Write(large)
			return err
		}, 10 * time.Minute},
		{"a flush", func(w http.ResponseWriter) error {
			return http.NewResponseController(w).Flush()
		}, 10 * time.Minute},
		{"a flush for which the handler gives a second", func(w http.ResponseWriter) error {
			c := http.NewResponseController(w)
			return errors.Join(c.SetWriteDeadline(time.Now().Add(time.Second)), c.Flush())
		}, time.Second},
		{"a write for which the handler gives an hour", func(w http.ResponseWriter) error {
			err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
			_, err2 := w.Write(large)
			return errors.Join(err, err2)
		}, time.Hour},
		{"one that goes on for ever is not cut, and has the usual time for its end", func(w http.ResponseWriter) error {
			err := http.NewResponseController(w).SetWriteDeadline(time.Time{})
			time.Sleep(time.Hour)
			return err
		}, time.Hour + 10*time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, &http.Server{WriteTimeout: 10 * time.Minute}, func(t *testing.T, s *Server, l *lines) {
				failed := make(chan error, 1)
				s.HTTP.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					failed <- errors.Join(tt.write(w), r.Context().Err())
				})
				c, begun := l.dial(), time.Now()
				defer c.Close()
				c.say(usual)
				err := <-failed
				for synctest.Wait(); count(s) > 0; synctest.Wait() {
					time.Sleep(time.Second)
				}
				if took := time.Since(begun); took < tt.ends || took > tt.ends+2*patrolEvery {
					t.Errorf("gone after %v with %v, want %v", took, err, tt.ends)
				}
				if tt.ends <= time.Hour && !errors.Is(err, context.Canceled) {
					t.Errorf("the handler has learned %v, want context.Canceled", err)
				}
			})
		})
	}
}

func count(s *Server) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// A stream may go on for longer than an answer may take, and the connection
// serves others when it has ended.
func TestStream(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		for i := range 60 {
			c.SetWriteDeadline(time.Now().Add(30 * time.Second))
			fmt.Fprintln(w, i, r.Context().Err())
			if err := c.Flush(); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
		}
		c.SetWriteDeadline(time.Time{})
	})
	inBubble(t, &http.Server{Handler: h, WriteTimeout: 10 * time.Minute}, func(t *testing.T, _ *Server, l *lines) {
		c := l.dial()
		defer c.Close()
		for range 2 {
			c.say(usual)
			res, err := http.ReadResponse(c.r, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || !bytes.HasSuffix(body, []byte("59 <nil>\n")) {
				t.Errorf("stream %q and %v, want all of it", body, err)
			}
		}
	})
}

// Nothing of a handler that goes on when it has returned is seen.
func TestHandlerThatGoesOn(t *testing.T) {
	var w http.ResponseWriter
	var r *http.Request
	h := http.HandlerFunc(func(w1 http.ResponseWriter, r1 *http.Request) {
		if r1.URL.Path == "/small" {
			io.WriteString(w1, "small")
			return
		}
		w, r = w1, r1
	})
	inBubble(t, &http.Server{Handler: h}, func(t *testing.T, _ *Server, l *lines) {
		c := l.dial()
		defer c.Close()
		go c.say(post("/", "body") + usual[:5])
		c.hear(http.MethodPost)
		synctest.Wait()
		w.WriteHeader(500)
		w.Header().Set("X-Late", "x")
		_, wrote := io.WriteString(w, "late")
		flushed := http.NewResponseController(w).Flush()
		bound := http.NewResponseController(w).SetWriteDeadline(past)
		_, read := r.Body.Read(make([]byte, 1))
		if wrote == nil || flushed == nil || bound == nil || read == nil {
			t.Errorf("write: %v, flush: %v, deadline: %v, read: %v, want all to fail", wrote, flushed, bound, read)
		}
		go c.say(usual[5:])
		if got := c.hear(http.MethodGet); !strings.HasSuffix(got, "\n\nsmall") || strings.Contains(got, "ate") {
			t.Errorf("heard %s\nwant the answer to the second request", got)
		}
	})
}

func TestHandlerThatFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fail   func(w http.ResponseWriter)
		heard  string
		logged string
	}{
		{"with nothing written", func(http.ResponseWriter) { panic("oops") }, "", "oops"},
		{"in the middle", func(w http.ResponseWriter) {
			io.WriteString(w, "begun")
			http.NewResponseController(w).Flush()
			panic("oops")
		}, "5\r\nbegun\r\n", "oops"},
		{"with a status that is none", func(w http.ResponseWriter) { w.WriteHeader(99) }, "", "99"},
		{"on purpose", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "", ""},
		{"by ending its goroutine", func(http.ResponseWriter) { runtime.Goexit() }, "", ""},
		{"when it has taken long", func(http.ResponseWriter) { time.Sleep(time.Second); panic("oops") }, "", "oops"},
		{"with nil", func(http.ResponseWriter) { panic(nil) }, "", "nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			defer slog.SetDefault(slog.Default())
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tt.fail(w) })
			inBubble(t, &http.Server{Handler: h}, func(t *testing.T, s *Server, l *lines) {
				c := l.dial()
				c.say(usual)
				heard, err := io.ReadAll(c)
				if err != nil || !strings.HasSuffix(string(heard), tt.heard) || tt.heard == "" && len(heard) > 0 {
					t.Errorf("heard %q and %v, want %q", heard, err, tt.heard)
				}
				synctest.Wait()
				if count(s) > 0 {
					t.Error("the connection is still there")
				}
			})
			if !strings.Contains(log.String(), tt.logged) || tt.logged == "" && log.Len() > 0 {
				t.Errorf("log %q, want %q", &log, tt.logged)
			}
		})
	}
}

// An idle connection has nothing but the buffer for its next request.
func TestIdleMemory(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 3000)) })
	inBubble(t, &http.Server{Handler: h}, func(t *testing.T, s *Server, l *lines) {
		c := l.dial()
		defer c.Close()
		for range 3 {
			c.say(usual)
			if got := c.hear(http.MethodGet); !strings.HasSuffix(got, "x") {
				t.Fatal(got)
			}
			time.Sleep(2 * patrolEvery)
			synctest.Wait()
			s.mu.Lock()
			for c := range s.conns {
				if c.out != nil || c.held != nil {
					t.Errorf("%d and %d bytes are kept", cap(c.out), cap(c.held))
				}
			}
			s.mu.Unlock()
		}
	})
}
