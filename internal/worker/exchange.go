//go:build js && wasm

package worker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall/js"
	"time"
)

// exchange has h answer a Request, and gives the Response to respond.
func exchange(h http.Handler, request, respond js.Value) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer onAbort(request.Get("signal"), cancel)()

	a := &answer{ctx: ctx, cancel: cancel, header: make(http.Header), respond: respond}
	defer func() {
		thrown := recover()
		if err, ok := thrown.(error); thrown != nil && !(ok && errors.Is(err, http.ErrAbortHandler)) {
			panic(thrown)
		}
		a.end(thrown != nil)
	}()
	r, err := readRequest(ctx, request)
	if err != nil {
		http.Error(a, "The address of the request cannot be read.", http.StatusBadRequest)
		return
	}
	a.noBody = r.Method == http.MethodHead
	left := &body{ReadCloser: r.Body, length: r.ContentLength}
	r.Body = left
	defer left.leave()
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

// onAbort calls gone when the client goes away, until stop is called.
func onAbort(signal js.Value, gone func()) (stop func()) {
	if signal.Type() != js.TypeObject {
		return func() {}
	}
	f := js.FuncOf(func(js.Value, []js.Value) any {
		gone()
		return nil
	})
	signal.Call("addEventListener", "abort", f)
	return func() {
		signal.Call("removeEventListener", "abort", f)
		f.Release()
	}
}
