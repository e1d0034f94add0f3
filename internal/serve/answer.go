package serve

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	// heldMost is how much of a body is held back until its length is known, or
	// the handler flushes.
	heldMost = 4 << 10

	// sentMost is how much is put by to be sent together.
	sentMost = 16 << 10

	// sniffed is how much of a body says what it is (WHATWG MIME Sniffing,
	// section 5.2), as far as more than what was held back is needed.
	sniffed = 512
)

// framing is how a client finds the end of a body (RFC 9112, section 6).
type framing int

const (
	undecided framing = iota // the head is not complete
	bodiless
	sized
	chunked
)

// answer is the [http.ResponseWriter] of one request. It has what
// [http.ResponseController] needs to flush and to bound a write, and no more:
// no interim answers, no trailers and no other protocol.
type answer struct {
	conn   *conn
	cancel context.CancelFunc
	body   body // of the request
	header http.Header

	status  int
	typed   bool // the handler has said what the body is
	framing framing
	left    int64 // of a body whose length the handler has said, else -1
	last    bool  // the connection ends with it
	unread  bool  // and something of the request is still on it
	over    bool
	failed  error // why nothing more can be written
}

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	}
	if a.status != 0 || status < 200 {
		return
	}
	a.status, a.left = status, -1
	if said := a.header.Get("Content-Length"); said != "" && !hasNoBody(status) {
		if n, err := strconv.ParseUint(said, 10, 63); err == nil {
			a.left = int64(n)
		}
	}
	a.last = strings.EqualFold(a.header.Get("Connection"), "close")
	b := append(a.conn.out[:0], "HTTP/1.1 "...)
	b = append(strconv.AppendInt(b, int64(status), 10), ' ')
	if text := http.StatusText(status); text != "" {
		b = append(b, text...)
	} else {
		b = strconv.AppendInt(append(b, "status code "...), int64(status), 10)
	}
	a.conn.out = a.appendFields(append(b, "\r\n"...))
}

// appendFields writes what the handler has set, but for what frames the body.
func (a *answer) appendFields(b []byte) []byte {
	dated := false
	for name, values := range a.header {
		switch name {
		case "Content-Length", "Connection", "Transfer-Encoding":
			continue
		case "Date":
			dated = true
		case "Content-Type", "Content-Encoding":
			a.typed = true
		}
		if !httpguts.ValidHeaderFieldName(name) || name == "Content-Type" && a.status == http.StatusNotModified {
			continue // it would be another field, or has nothing that it could be said of
		}
		for _, value := range values {
			b = appendField(b, name, value)
		}
	}
	if !dated {
		b = append(a.conn.server.date.append(append(b, "Date: "...), time.Now()), "\r\n"...)
	}
	return b
}

// inLine keeps a value in its line.
var inLine = strings.NewReplacer("\r", " ", "\n", " ")

func appendField(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	return append(append(b, inLine.Replace(value)...), "\r\n"...)
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(p []byte) (int, error) {
	c := a.conn
	switch {
	case a.over:
		return 0, http.ErrHandlerTimeout
	case a.status == 0:
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.failed != nil:
		return 0, a.failed
	case hasNoBody(a.status):
		return 0, http.ErrBodyNotAllowed
	case a.left >= 0 && int64(len(p)) > a.left-int64(len(c.held)):
		return 0, http.ErrContentLength
	case a.framing == undecided && len(c.held)+len(p) <= heldMost:
		c.held = append(c.held, p...)
		return len(p), nil
	}
	a.decide(-1, p)
	a.frame(p)
	return len(p), a.failed
}

// FlushError sends what was written.
func (a *answer) FlushError() error {
	if a.over {
		return http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.decide(-1, nil)
	a.send(nil)
	return a.failed
}

// SetWriteDeadline bounds the writes from now on.
func (a *answer) SetWriteDeadline(t time.Time) error {
	if a.over {
		return http.ErrHandlerTimeout
	}
	return a.conn.lift(t)
}

// end sends the rest, when the handler has returned. It reports whether another
// request can follow.
func (a *answer) end() bool {
	a.conn.lower()
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.decide(int64(len(a.conn.held)), nil)
	if a.framing == chunked {
		a.conn.out = append(a.conn.out, "0\r\n\r\n"...)
	}
	a.send(nil)
	a.over = true
	if a.unread {
		a.conn.linger()
	}
	return a.failed == nil && !a.last && a.left <= 0
}

// decide ends the head, unless it has ended, and frames what was held back. The
// body has a length, or -1 if nobody knows; more of it may be known. Before, it
// takes the rest of the request, since there are clients that read nothing
// until they have sent all.
func (a *answer) decide(length int64, more []byte) {
	c := a.conn
	if a.framing != undecided {
		return
	}
	a.unread = !a.body.skip()
	if a.left >= 0 {
		length = a.left
	}
	b := c.out
	switch {
	case hasNoBody(a.status):
		a.framing = bodiless
	case length >= 0:
		a.framing = sized
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), length, 10), "\r\n"...)
	default:
		a.framing = chunked
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if !a.typed && a.framing != bodiless && len(c.held)+len(more) > 0 {
		known := append(c.held, more[:min(len(more), sniffed)]...)
		b = appendField(b, "Content-Type", http.DetectContentType(known))
	}
	if a.last = a.last || a.unread || c.server.ending.Load(); a.last {
		b = append(b, "Connection: close\r\n"...)
	}
	c.out = append(b, "\r\n"...)
	held := c.held
	c.held = c.held[:0]
	a.frame(held)
}

// frame sends a piece of the body, or puts it by to be sent.
func (a *answer) frame(p []byte) {
	c := a.conn
	if len(p) == 0 {
		return
	}
	if a.left >= 0 {
		a.left -= int64(len(p))
	}
	if a.framing == chunked {
		c.out = append(strconv.AppendInt(c.out, int64(len(p)), 16), "\r\n"...)
	}
	if len(c.out)+len(p) > sentMost {
		a.send(p)
	} else {
		c.out = append(c.out, p...)
	}
	if a.framing == chunked {
		c.out = append(c.out, "\r\n"...)
	}
}

// send writes what was put by, and p behind it.
func (a *answer) send(p []byte) {
	c := a.conn
	if a.failed != nil || len(c.out)+len(p) == 0 {
		return
	}
	var err error
	if len(p) == 0 {
		_, err = c.line.Write(c.out)
	} else {
		_, err = (&net.Buffers{c.out, p}).WriteTo(c.line)
	}
	c.out = c.out[:0]
	if err != nil {
		a.failed = err
		a.cancel()
	}
}

// hasNoBody reports whether an answer of that status has no body (RFC 9110,
// section 6.4.1).
func hasNoBody(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}
