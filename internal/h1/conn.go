package h1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/late"
)

const (
	// soon is how long a server may take until the end of the request's context
	// is heeded. Most answer before, and then nothing has waited for that.
	soon = 20 * time.Millisecond

	bufferKept  = 64 << 10 // a larger one is not kept from request to request
	readerSize  = 8 << 10
	interimMost = 8 // answers of 1xx before the real one

	// A smaller request fits into what the system buffers of a connection on
	// which nothing else is under way, so that writing it does not wait.
	smallRequest = 4 << 10
)

// conn is one connection, which one request at a time has.
type conn struct {
	from  *Transport
	to    origin
	line  net.Conn // TLS, if the server has it
	under net.Conn // the socket

	reader *bufio.Reader
	head   []byte // scratch for the request
	used   bool   // a request was answered on it
	peek   peek

	late  *late.Clock
	alarm late.Alarm // heeds the end of ctx, if the answer does not come soon

	mu   sync.Mutex      // guards what follows
	ctx  context.Context //nolint:containedctx // of the request that is under way
	over bool            // the request is
	stop func() bool     // stops heeding the end of ctx; nil if that has not begun

	until    time.Time     // when an idle one is too old
	patience time.Duration // how long the server keeps an idle one
}

func newConn(t *Transport, to origin, line, under net.Conn) *conn {
	c := &conn{from: t, to: to, line: line, under: under, patience: idleTime, late: t.clock()}
	c.reader = bufio.NewReaderSize(line, readerSize)
	c.alarm.Ring = c.heed
	return c
}

func (c *conn) close() { c.line.Close() }

// errUnused says that a kept connection ended before it brought anything of an
// answer: the server may have closed it as we wrote.
var errUnused = errors.New("h1: the server closed the connection")

// exchange sends a request and reads the head of its answer. A connection whose
// exchange fails is closed.
func (c *conn) exchange(r *http.Request) (*http.Response, error) {
	c.begin(r.Context())
	res, err := c.ask(r)
	if err != nil {
		c.done()
		c.close()
		if c.ctx.Err() != nil {
			return nil, context.Cause(c.ctx)
		}
		return nil, err
	}
	b, err := newBody(c, r.Method, res)
	if err != nil {
		c.done()
		c.close()
		return nil, err
	}
	if b.over() {
		b.end(io.EOF)
	}
	res.Body = b
	return res, nil
}

// ask writes the request and reads the head of the answer. A request too large
// for the buffers on the way is written while the answer is awaited, for a
// server may refuse it before it has read it.
func (c *conn) ask(r *http.Request) (*http.Response, error) {
	if err := c.compose(r); err != nil {
		return nil, err
	}
	if len(c.head) > smallRequest {
		c.heed()
	}
	if len(c.head) <= bufferKept {
		if _, err := c.line.Write(c.head); err != nil {
			return nil, c.broken(err)
		}
		return c.readHead(r)
	}
	request := c.head
	c.head = nil
	wrote := make(chan error, 1)
	go func() {
		_, err := c.line.Write(request)
		wrote <- err
	}()
	res, err := c.readHead(r)
	if err != nil {
		c.close() // and with it the writing
		if failed := <-wrote; failed != nil && !errors.Is(failed, net.ErrClosed) {
			err = failed
		}
		return nil, err
	}
	select {
	case <-wrote:
	default:
		c.patience = 0 // the server may not have read it all
	}
	return res, nil
}

// broken is a failure to use the connection.
func (c *conn) broken(err error) error {
	if c.used && c.reader.Buffered() == 0 {
		return fmt.Errorf("%w: %w", errUnused, err)
	}
	return err
}

// compose writes head and body of the request into the scratch.
func (c *conn) compose(r *http.Request) error {
	b := c.head[:0]
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.URL.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	b = append(append(b, host...), "\r\n"...)
	for name, values := range r.Header {
		if name == "Host" || name == "Content-Length" || name == "Transfer-Encoding" || name == "Connection" {
			continue
		}
		for _, value := range values {
			if !fits(name, value) {
				return fmt.Errorf("h1: header %q cannot be sent", name)
			}
			b = append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
		}
	}
	if r.ContentLength > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), r.ContentLength, 10), "\r\n"...)
	}
	b = append(b, "\r\n"...)
	b, err := appendBody(b, r)
	if cap(b) <= bufferKept || len(b) > bufferKept {
		c.head = b
	}
	return err
}

// fits reports whether a header can be sent: nothing in it may end a line.
func fits(name, value string) bool {
	return isToken(name) && isLine(value)
}

func appendBody(b []byte, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return b, nil
	}
	n := int(r.ContentLength)
	at := len(b)
	b = append(b, make([]byte, n)...) // grows in place
	if _, err := io.ReadFull(r.Body, b[at:]); err != nil {
		return b[:at], fmt.Errorf("h1: the request's body has not the length that it says: %w", err)
	}
	return b, nil
}
