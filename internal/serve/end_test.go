package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestEnd has a client say something, ends the server, and looks at what the
// client hears behind that.
func TestEnd(t *testing.T) {
	const chunked = "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	for _, tt := range []struct {
		name     string
		said     string
		heard    string        // the end of what the client hears in all
		takes    time.Duration // until the server has ended, at most
		cut      string        // what the client hears of a server that is closed
		announce bool          // the answer says that it is the last
	}{
		{"a fresh connection", "", "", 0, "", false},
		{"one with half a head", "GET", "", 10 * time.Second, "", false},
		{"an idle connection", usual, "small", 0, "small", false},
		{"one that waits for its answer", strings.Replace(usual, "small", "slow", 1), "slow", time.Minute, "", true},
		{"one with a stream", strings.Replace(usual, "small", "stream", 1), "5\r\nbegun\r\n5\r\nended\r\n0\r\n\r\n", time.Minute, "5\r\nbegun\r\n", false},
		{"one that has said more already", strings.Replace(usual, "small", "slow", 1) + usual, "slow", time.Minute, "", true},
		{"one of net/http", "HEAD /small HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n", time.Second, "\r\n\r\n", false},
		{"one of net/http that waits for its answer", chunked, "slow", time.Minute + time.Second, "", true},
	} {
		server := func() *http.Server {
			return &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/stream":
					io.WriteString(w, "begun")
					http.NewResponseController(w).Flush()
					wait(r.Context(), time.Minute)
					io.WriteString(w, "ended")
				case "/slow":
					wait(r.Context(), time.Minute)
					fallthrough
				default:
					io.WriteString(w, r.URL.Path[1:])
				}
			})}
		}
		listen := func(l *lines) (c *client, heard func() string) {
			c = l.dial()
			all := make(chan string)
			go func() {
				b, _ := io.ReadAll(c)
				all <- string(b)
			}()
			c.say(tt.said)
			time.Sleep(time.Second)
			return c, func() string { return <-all }
		}
		t.Run("Shutdown with "+tt.name, func(t *testing.T) {
			inBubble(t, server(), func(t *testing.T, s *Server, l *lines) {
				_, heard := listen(l)
				begun := time.Now()
				if err := s.Shutdown(t.Context()); err != nil || time.Since(begun) > tt.takes+time.Second {
					t.Errorf("Shutdown = %v after %v, want %v", err, time.Since(begun), tt.takes)
				}
				got := heard()
				if !strings.HasSuffix(got, tt.heard) || tt.heard == "" && got != "" || strings.Contains(got, "Connection: close") != tt.announce {
					t.Errorf("heard %q, want %q at its end", got, tt.heard)
				}
			})
		})
		t.Run("Close with "+tt.name, func(t *testing.T) {
			inBubble(t, server(), func(t *testing.T, s *Server, l *lines) {
				_, heard := listen(l)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if got := heard(); !strings.HasSuffix(got, tt.cut) || tt.cut == "" && got != "" {
					t.Errorf("heard %q, want %q at its end", got, tt.cut)
				}
			})
		})
	}
}

// wait waits for a while, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// What does not end in time is for the caller to close.
func TestShutdownInTime(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, said := range map[string]string{
		"of ours":     usual,
		"of net/http": "PUT / HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		t.Run("a connection "+name, func(t *testing.T) {
			inBubble(t, &http.Server{Handler: h}, func(t *testing.T, s *Server, l *lines) {
				c := l.dial()
				c.say(said)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun := time.Now()
				if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
					t.Errorf("Shutdown = %v after %v, want context.DeadlineExceeded after a minute", err, time.Since(begun))
				}
				s.Close()
				if got := c.hear(http.MethodGet); got != "closed" {
					t.Errorf("heard %s, want nothing", got)
				}
			})
		})
	}
}

// The limits hold as long as there are connections.
func TestLimitsDuringShutdown(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	inBubble(t, &http.Server{Handler: h, WriteTimeout: 10 * time.Minute}, func(t *testing.T, s *Server, l *lines) {
		c, begun := l.dial(), time.Now()
		defer c.Close()
		c.say(usual)
		if err := s.Shutdown(t.Context()); err != nil || time.Since(begun) > 10*time.Minute+2*patrolEvery {
			t.Errorf("Shutdown = %v after %v, want the limit of an answer", err, time.Since(begun))
		}
	})
}

// A connection that is told to end begins no request that has come meanwhile.
func TestNotBegun(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request was begun") })
	for name, said := range map[string]string{
		"that is usual":            usual,
		"that is one for net/http": "PUT / HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		t.Run("a request "+name, func(t *testing.T) {
			inBubble(t, &http.Server{Handler: h}, func(t *testing.T, s *Server, l *lines) {
				theirs, ours := pair()
				c := newConn(s, theirs, newDoor(l))
				s.conns[c] = struct{}{}
				c.end = copy(c.read[:], said)
				c.interrupt()
				c.serve()
				if got := newClient(ours).hear(http.MethodGet); got != "closed" {
					t.Errorf("heard %s, want nothing", got)
				}
			})
		})
	}
}

// A connection that net/http does not take any more is closed.
func TestHandedToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		theirs, ours := pair()
		d := newDoor(newLines())
		go d.hand(theirs, []byte("GET"))
		synctest.Wait()
		d.Close()
		if got := newClient(ours).hear(http.MethodGet); got != "closed" {
			t.Errorf("heard %s, want nothing", got)
		}
	})
}

func TestAcceptThatFails(t *testing.T) {
	t.Run("for the moment", func(t *testing.T) {
		inBubble(t, &http.Server{Handler: http.HandlerFunc(byPath)}, func(t *testing.T, _ *Server, l *lines) {
			begun := time.Now()
			for range 10 {
				l.failed <- syscall.EMFILE
			}
			if took := time.Since(begun); took < time.Second || took > 5*time.Second {
				t.Errorf("it was tried ten times in %v, want it to be tried less and less", took)
			}
			c := l.dial()
			defer c.Close()
			c.say(usual)
			if got := c.hear(http.MethodGet); !strings.HasSuffix(got, `{"ok":true}`) {
				t.Errorf("heard %s, want an answer", got)
			}
		})
	})
	t.Run("for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, l := New(&http.Server{Handler: http.HandlerFunc(byPath)}), newLines()
			broken := errors.New("broken")
			go func() { l.failed <- broken }()
			if err := s.Serve(l); !errors.Is(err, broken) {
				t.Errorf("Serve = %v, want %v", err, broken)
			}
			s.Close()
		})
	})
}
