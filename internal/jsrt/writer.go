//go:build js && wasm

package jsrt

import (
	"context"
	"os"
	"syscall/js"
	"time"
)

// Writer writes to a WritableStream. It is used by one goroutine at a time.
type Writer struct {
	ctx  context.Context
	sink js.Value

	// Deadline is when a write that waits for its reader fails, with
	// os.ErrDeadlineExceeded. Zero is never.
	Deadline time.Time
}

// NewWriter writes to a WritableStream while ctx lasts.
func NewWriter(ctx context.Context, stream js.Value) *Writer {
	return &Writer{ctx: ctx, sink: stream.Call("getWriter")}
}

// Write returns when the reader has taken p.
func (w *Writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	ctx := w.ctx
	if !w.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.Deadline, os.ErrDeadlineExceeded)
		defer cancel()
	}
	promise, err := Try(func() js.Value { return w.sink.Call("write", Bytes(p)) })
	if err != nil {
		return 0, err
	}
	if _, err := Await(ctx, promise); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return 0, err
	}
	return len(p), nil
}

// Close ends the stream.
func (w *Writer) Close() error {
	Forget(func() js.Value { return w.sink.Call("close") })
	return nil
}

// Abort breaks the stream off, so that its reader sees that it is not whole.
func (w *Writer) Abort(reason string) {
	Forget(func() js.Value { return w.sink.Call("abort", js.Global().Get("Error").New(reason)) })
}

// Forget starts what returns a promise, and does not care how it ends.
func Forget(start func() js.Value) {
	promise, err := Try(start)
	if err == nil && promise.Type() == js.TypeObject {
		promise.Call("catch", js.Global().Get("Boolean")) // any function will do
	}
}
