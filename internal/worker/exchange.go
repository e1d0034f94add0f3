//go:build js && wasm

package worker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// exchange has h answer a request.
func (c *crossing) exchange(h http.Handler, l letter) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer c.begin(l.id, cancel)()

	a := &answer{ctx: ctx, cancel: cancel, header: make(http.Header), to: c, id: l.id}
	defer func() {
		thrown := recover()
		if err, ok := thrown.(error); thrown != nil && !(ok && errors.Is(err, http.ErrAbortHandler)) {
			panic(thrown)
		}
		a.end(thrown != nil)
	}()
	r, err := readRequest(ctx, l)
	if err != nil {
		http.Error(a, "The address of the request cannot be read.", http.StatusBadRequest)
		return
	}
	a.noBody = r.Method == http.MethodHead
	if l.streams() {
		left := &body{ReadCloser: r.Body, length: r.ContentLength}
		r.Body = left
		defer left.leave()
	}
	h.ServeHTTP(a, r)
}

// What is read of a body for nobody: so much, for so long.
const (
	leaveMost  = 8 << 20
	leaveAfter = 2 * time.Second
)

// body is the body of a request, of which the handler may leave something.
type body struct {
	io.ReadCloser
	length int64 // that was announced, or -1
	read   int64
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

func (b *body) Close() error {
	b.closed = true
	return b.ReadCloser.Close()
}

// leave reads to its end what the handler left, within bounds, as net/http
// does: a client reads its answer when it has sent its request, and the
// runtime can use a connection again only then.
func (b *body) leave() {
	if b.length != 0 && b.read != b.length && !b.closed {
		stop := time.AfterFunc(leaveAfter, func() { b.ReadCloser.Close() })
		io.CopyN(io.Discard, b.ReadCloser, leaveMost)
		stop.Stop()
	}
	b.ReadCloser.Close()
}
