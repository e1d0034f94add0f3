package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// onSockets runs f with a server on loopback, for what only a kernel does.
func onSockets(t *testing.T, h http.HandlerFunc, f func(t *testing.T, dial func() *client)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(&http.Server{Handler: h, ErrorLog: silent, MaxHeaderBytes: 64 << 10})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	f(t, func() *client {
		line, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { line.Close() })
		line.SetDeadline(time.Now().Add(10 * time.Second))
		return newClient(line)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Serve = %v, want http.ErrServerClosed", err)
	}
}

// A client that ends its side is taken to have left, as by net/http, and still
// gets what the handler makes of that.
func TestHalfClose(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		io.WriteString(w, "sorry")
	}
	onSockets(t, h, func(t *testing.T, dial func() *client) {
		c := dial()
		c.say(usual)
		c.Conn.(*net.TCPConn).CloseWrite()
		all, err := io.ReadAll(c)
		if err != nil || !strings.HasSuffix(string(all), "sorry") {
			t.Errorf("heard %q and %v, want the answer and an end", all, err)
		}
	})
}

// A client that resets its connection has left, and so has one that does it in
// the middle of a body.
func TestReset(t *testing.T) {
	for name, said := range map[string]string{
		"while it waits":   usual,
		"while it is sent": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nbody",
	} {
		t.Run(name, func(t *testing.T) {
			begun, left := make(chan bool), make(chan error, 1)
			h := func(w http.ResponseWriter, r *http.Request) {
				begun <- true
				_, err := io.ReadAll(r.Body)
				<-r.Context().Done()
				left <- err
			}
			onSockets(t, h, func(t *testing.T, dial func() *client) {
				c := dial()
				c.say(said)
				<-begun
				c.Conn.(*net.TCPConn).SetLinger(0)
				c.Close()
				if err := <-left; (err != nil) != strings.Contains(said, "body") {
					t.Errorf("body: %v", err)
				}
			})
		})
	}
}

// What is too large for one write of the kernel comes whole, in order, and
// is written while the client reads.
func TestLargeAnswers(t *testing.T) {
	part := strings.Repeat("0123456789abcdef", 64<<10)
	for name, h := range map[string]http.HandlerFunc{
		"at once": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat(part, 8)) },
		"in parts": func(w http.ResponseWriter, _ *http.Request) {
			for rest := strings.Repeat(part, 8); rest != ""; rest = rest[min(len(rest), 7001):] {
				io.WriteString(w, rest[:min(len(rest), 7001)])
			}
		},
		"of a length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "8388608")
			io.WriteString(w, strings.Repeat(part, 8))
		},
	} {
		t.Run(name, func(t *testing.T) {
			onSockets(t, h, func(t *testing.T, dial func() *client) {
				c := dial()
				for range 2 {
					c.say(usual)
					res, err := http.ReadResponse(c.r, nil)
					if err != nil {
						t.Fatal(err)
					}
					body, err := io.ReadAll(res.Body)
					if err != nil || string(body) != strings.Repeat(part, 8) {
						t.Errorf("read %d bytes and %v, want those that were written", len(body), err)
					}
				}
			})
		})
	}
}

// Who sends more than anybody reads gets its answer, though the connection ends
// with something unread on it, and need not wait for the end.
func TestAnswerToUnread(t *testing.T) {
	for name, said := range map[string]string{
		"a body that is too large":             "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("b", 1_000_000),
		"a head that net/http finds too large": "GET / HTTP/1.1\r\nHost: h\r\nX-Large: " + strings.Repeat("x", 80_000) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) }
			onSockets(t, h, func(t *testing.T, dial func() *client) {
				c := dial()
				c.say(said) // all, before it reads
				res, err := http.ReadResponse(c.r, nil)
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				io.Copy(io.Discard, res.Body)
				_, err = c.r.ReadByte()
				if took := time.Since(begun); !errors.Is(err, io.EOF) || res.StatusCode/100 != 4 || !res.Close || took >= lingering {
					t.Errorf("heard %d, close %v, and %v after %v, want a refusal and an end at once", res.StatusCode, res.Close, err, took)
				}
			})
		})
	}
}

// Many clients that ask at the same time, some in a hurry and some that leave,
// get each the answer to its own question, until the server ends; and nothing
// is left of them.
func TestManyClients(t *testing.T) {
	before := runtime.NumGoroutine()
	h := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.URL.Path == "/slow" {
			wait(r.Context(), 3*soon)
		}
		fmt.Fprint(w, string(body), err)
	}
	onSockets(t, h, func(t *testing.T, dial func() *client) {
		var all sync.WaitGroup
		for i := range 16 {
			c := dial()
			all.Go(func() {
				for n := range 60 {
					question := fmt.Sprint("client ", i, " asks ", n, strings.Repeat(" and so on", 50*i*(n%3)))
					said := post("/", question) + post([]string{"/", "/slow"}[n%30/29], question)
					if cut := n * i % len(said); n%2 == 0 {
						go c.say(said[:cut], said[cut:])
					} else {
						go c.say(said)
					}
					if i%4 == 3 && n == 10*i%60 {
						return // leaves
					}
					for range 2 {
						if got := c.hear(http.MethodPost); !strings.HasSuffix(got, "\n\n"+question+"<nil>") {
							t.Errorf("%d and %d: heard %s", i, n, got)
							return
						}
					}
				}
			})
		}
		all.Wait()
	})
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, want the %d there were", runtime.NumGoroutine(), before)
}
