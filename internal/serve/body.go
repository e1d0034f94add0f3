package serve

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// skipMost is how much of a body is read for nobody, for another request to
// follow.
const skipMost = 256 << 10

// body is the body of a request.
type body struct {
	conn *conn

	mu    sync.Mutex // guards what follows
	left  int64      // what its reader has not had
	timed bool       // there is a time limit
	over  bool       // nobody may read it any more
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.over:
		return 0, http.ErrBodyReadAfterClose
	case b.left == 0:
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), b.left)]
	if c := b.conn; c.begin < c.end {
		n = copy(p, c.read[c.begin:c.end])
		c.begin += n
	} else {
		n, err = b.receive(p)
	}
	if b.left -= int64(n); b.left == 0 {
		err = io.EOF
	}
	return n, err
}

// receive reads from the line.
func (b *body) receive(p []byte) (int, error) {
	c := b.conn
	if limit := c.server.HTTP.ReadTimeout; limit > 0 && !b.timed {
		b.timed = true
		c.line.SetReadDeadline(time.Now().Add(limit))
	}
	n, err := c.line.Read(p)
	if b.timed && int64(n) == b.left {
		c.line.SetReadDeadline(time.Time{})
	}
	c.mu.Lock()
	c.watch.awaited -= int64(n)
	due := c.watch.due && c.watch.awaited == 0
	if err != nil {
		c.watch.cancel()
	}
	c.mu.Unlock()
	if due {
		c.server.late.Set(&c.alarm)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close implements [io.Closer].
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	return nil
}

// skip reads what the handler has left, if it is not too much, and reports
// whether the line is behind the body then.
func (b *body) skip() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > skipMost {
		return false
	}
	b.over = true
	c := b.conn
	n := min(b.left, int64(c.end-c.begin))
	c.begin, b.left = c.begin+int(n), b.left-n
	for b.left > 0 {
		n, err := b.receive(c.read[:min(b.left, readSize)]) // nothing else is in there
		b.left -= int64(n)
		if err != nil {
			break
		}
	}
	return b.left == 0
}
