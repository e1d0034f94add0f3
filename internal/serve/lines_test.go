package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines is a listener in memory.
type lines struct {
	dialed chan net.Conn
	failed chan error
	closed chan struct{}
	once   sync.Once
}

func newLines() *lines {
	return &lines{dialed: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{})}
}

func (l *lines) Accept() (net.Conn, error) {
	select {
	case c := <-l.dialed:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *lines) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *lines) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects a client.
func (l *lines) dial() *client {
	theirs, ours := pair()
	l.dialed <- theirs
	return newClient(ours)
}

// pair is both ends of a connection.
func pair() (theirs, ours net.Conn) { return net.Pipe() }

// client is a client that says what it is told, in as many pieces.
type client struct {
	net.Conn
	r *bufio.Reader
}

func newClient(line net.Conn) *client { return &client{line, bufio.NewReader(line)} }

// say sends pieces, as far as the server takes them.
func (c *client) say(pieces ...string) {
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			return
		}
	}
}

// quiet is how long a client waits until it takes it that nothing comes.
const quiet = 3 * time.Second

// hear describes the next answer. It is "closed" when there will be none, and
// "quiet" while there is none.
func (c *client) hear(method string) string {
	c.SetReadDeadline(time.Now().Add(quiet))
	defer c.SetReadDeadline(time.Time{})
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "quiet"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return "closed"
	case err != nil:
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		body = fmt.Appendf(body, " and then %v", err)
	}
	if dates := res.Header["Date"]; len(dates) == 1 {
		if _, err := http.ParseTime(dates[0]); err == nil {
			res.Header.Del("Date")
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s length %d %v close %v\n", res.Proto, res.Status, res.ContentLength, res.TransferEncoding, res.Close)
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, res.Header[name])
	}
	return b.String() + "\n" + string(body)
}

// hearAll describes all answers, until there is quiet or an end.
func (c *client) hearAll(method string) (all []string) {
	for len(all) < 20 {
		all = append(all, c.hear(method))
		if last := all[len(all)-1]; last == "quiet" || last == "closed" {
			break
		}
	}
	return all
}

// usual is a request that is answered without net/http.
const usual = "GET /small HTTP/1.1\r\nHost: h\r\n\r\n"

// post is a request with a body.
func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// inBubble runs f with a server whose time is that of the bubble. All that the
// server has begun must have ended when f has.
func inBubble(t *testing.T, h *http.Server, f func(t *testing.T, s *Server, l *lines)) {
	t.Helper()
	h.ErrorLog = silent
	synctest.Test(t, func(t *testing.T) {
		s, l := New(h), newLines()
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		synctest.Wait()
		f(t, s, l)
		s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v, want http.ErrServerClosed", err)
		}
		time.Sleep(time.Hour) // handlers of net/http may not know yet
	})
}
