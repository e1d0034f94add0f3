//go:build js && wasm

package worker

import (
	"context"
	"net/http"
	"syscall/js"
	"time"

	"gatehouse/internal/jsrt"
)

// enough is how much of an answer is gathered before it begins to leave. An
// answer below it, that nobody flushes, is one Response without a stream.
const enough = 64 << 10

// usual is the room that the answer to a call takes, its head and its body.
const usual = 1 << 10

// answer is the http.ResponseWriter of one request.
type answer struct {
	ctx    context.Context
	cancel context.CancelFunc
	header http.Header
	to     *crossing
	id     int // of the request
	noBody bool

	status   int    // 0 until the handler has decided
	head     []byte // from then on
	typed    bool   // the head says what the body is
	gathered []byte // until the Response is given
	stream   *jsrt.Writer
	given    bool
	deadline time.Time
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < 200 {
		return
	}
	a.status = status
	a.head = appendHead(make([]byte, 0, usual), status, a.header) // what is set from now on comes too late
	a.typed = len(a.header["Content-Type"]) > 0
	a.noBody = a.noBody || status == http.StatusNoContent || status == http.StatusNotModified
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	switch {
	case a.noBody:
		return len(p), nil
	case a.given:
		return a.send(p)
	}
	a.gathered = append(a.gathered, p...)
	if len(a.gathered) < enough {
		return len(p), nil
	}
	return len(p), a.FlushError()
}

// FlushError lets the answer begin, and what was written so far leave.
func (a *answer) FlushError() error {
	a.WriteHeader(http.StatusOK)
	if a.given {
		return a.ctx.Err()
	}
	if a.noBody {
		a.give(nil)
		return nil
	}
	pipe := js.Global().Get("IdentityTransformStream").New()
	a.stream = jsrt.NewWriter(a.ctx, pipe.Get("writable"))
	a.given = true
	a.to.stream.Invoke(a.id, string(a.head), pipe.Get("readable"))
	first := a.gathered
	a.gathered = nil
	_, err := a.send(first)
	return err
}

// SetWriteDeadline bounds how long a client may take to read what is written.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.deadline = t
	return nil
}

// send writes to a client that has the beginning of the answer. Who does not
// read it is gone.
func (a *answer) send(p []byte) (int, error) {
	if a.stream == nil {
		return len(p), nil
	}
	a.stream.Deadline = a.deadline
	n, err := a.stream.Write(p)
	if err != nil {
		a.cancel()
	}
	return n, err
}

// give hands the answer over, with a body that is whole.
func (a *answer) give(body []byte) {
	a.given = true
	a.to.give(a.id, a.head, body)
}

// end ends the answer when the handler has returned. A broken one is seen to
// be broken.
func (a *answer) end(broken bool) {
	switch {
	case a.stream != nil && broken:
		a.stream.Abort("the answer broke off")
		a.to.end.Invoke(a.id)
	case a.stream != nil:
		a.stream.Close()
		a.to.end.Invoke(a.id)
	case a.given:
	case broken:
		a.head = appendHead(nil, http.StatusInternalServerError, nil)
		a.give(nil)
	default:
		a.WriteHeader(http.StatusOK)
		a.give(a.whole())
	}
}

// whole is the body of an answer that was gathered to its end.
func (a *answer) whole() []byte {
	if a.noBody || len(a.gathered) == 0 {
		return nil
	}
	if !a.typed {
		a.head = appendLine(a.head, "Content-Type", http.DetectContentType(a.gathered))
	}
	return a.gathered
}
