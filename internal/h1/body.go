package h1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
)

// body is the body of an answer. When it has been read to its end the
// connection is free for the next request.
type body struct {
	conn   *conn
	framed io.Reader // to the end of the body; nil if there is none
	left   int64     // of a body with a length; -1 if it has none
	chunks bool

	mu     sync.Mutex // guards what follows: one may close what another reads
	failed error      // what further reads get
}

// newBody finds where the body of an answer ends (RFC 9112, section 6.3).
func newBody(c *conn, method string, res *http.Response) (*body, error) {
	b := &body{conn: c, left: -1}
	if p := patience(res); c.patience > 0 {
		c.patience = p
	}
	if method == http.MethodHead || res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified {
		b.left, res.ContentLength = 0, 0
		return b, nil
	}
	codings, lengths := res.Header["Transfer-Encoding"], res.Header["Content-Length"]
	switch {
	case len(codings) > 0 && len(lengths) > 0:
		return nil, errors.New("h1: an answer with both a length and a transfer coding")
	case len(codings) > 0 && res.ProtoMinor == 0:
		return nil, errors.New("h1: a transfer coding in HTTP/1.0") // section 6.1
	case len(codings) == 1 && strings.EqualFold(codings[0], "chunked"):
		b.chunks, b.framed = true, httputil.NewChunkedReader(c.reader)
		res.TransferEncoding = codings
	case len(codings) > 0:
		return nil, fmt.Errorf("h1: unsupported transfer coding %q", codings)
	case len(lengths) > 0:
		n, err := strconv.ParseUint(lengths[0], 10, 63)
		for _, other := range lengths[1:] {
			if other != lengths[0] {
				err = errors.New("two lengths")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("h1: content length %q", lengths)
		}
		b.left, b.framed, res.ContentLength = int64(n), c.reader, int64(n)
	default:
		b.framed, c.patience = c.reader, 0
	}
	return b, nil
}

// over reports whether nothing is left of a body with a length.
func (b *body) over() bool { return b.left == 0 }

// Read reads on. At the end it frees the connection.
func (b *body) Read(p []byte) (int, error) {
	if err := b.ended(); err != nil {
		return 0, err
	}
	if b.left >= 0 && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.framed.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
	}
	switch {
	case b.over():
		err = io.EOF
	case errors.Is(err, io.EOF) && b.left > 0:
		err = io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF) && b.chunks:
		err = b.trailer()
	}
	if err != nil {
		err = b.end(err)
	}
	return n, err
}

// ended is what a read gets, if the body has ended.
func (b *body) ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// trailer reads past the fields behind the last chunk.
func (b *body) trailer() error {
	for range 64 {
		line, err := b.conn.reader.ReadSlice('\n')
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if len(strings.TrimRight(string(line), "\r\n")) == 0 {
			return io.EOF
		}
	}
	return errors.New("h1: the trailer of an answer is too long")
}

// Close ends the reading. A connection with a rest on it is closed.
func (b *body) Close() error {
	b.end(errClosed)
	return nil
}

// end ends the body once, by io.EOF or by a failure, and returns what further
// reads get.
func (b *body) end(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed != nil {
		return b.failed
	}
	c := b.conn
	unharmed, whole := c.done(), errors.Is(err, io.EOF)
	if b.failed = err; !whole && c.ctx.Err() != nil {
		b.failed = context.Cause(c.ctx)
	}
	if whole && unharmed && c.patience > 0 && c.reader.Buffered() == 0 {
		c.used, c.ctx = true, nil
		c.from.keep(c)
	} else {
		c.close()
	}
	return b.failed
}

// errClosed is what a read after Close gets.
var errClosed = errors.New("h1: read of a closed body")
