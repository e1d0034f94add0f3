//go:build js && wasm

package jsrt

import (
	"context"
	"io"
	"syscall/js"
)

// reader reads a ReadableStream of bytes.
type reader struct {
	ctx    context.Context
	stream js.Value
	source js.Value // its reader, once something was read
	rest   []byte   // of a chunk that was larger than the buffer
	err    error
}

// NewReader reads from a ReadableStream while ctx lasts. The stream is not
// touched before the first Read. Close cancels what was not read.
func NewReader(ctx context.Context, stream js.Value) io.ReadCloser {
	return &reader{ctx: ctx, stream: stream}
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if n, ok := r.next(p); ok {
			return n, nil
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// next waits for a chunk. One that fits goes to p, without a copy in between.
func (r *reader) next(p []byte) (n int, copied bool) {
	chunk, err := r.chunk()
	if err != nil {
		r.err = err
		return 0, false
	}
	size := chunk.Get("byteLength").Int()
	if size > 0 && size <= len(p) {
		return js.CopyBytesToGo(p, chunk), true
	}
	r.rest = make([]byte, size)
	js.CopyBytesToGo(r.rest, chunk)
	return 0, false
}

func (r *reader) chunk() (js.Value, error) {
	promise, err := Try(func() js.Value {
		if r.source.IsUndefined() {
			r.source = r.stream.Call("getReader")
		}
		return r.source.Call("read")
	})
	if err != nil {
		return promise, err
	}
	got, err := Await(r.ctx, promise)
	if err != nil {
		return got, err
	}
	if got.Get("done").Bool() {
		return got, io.EOF
	}
	return got.Get("value"), nil
}

func (r *reader) Close() error {
	if r.err == nil {
		r.err = io.ErrClosedPipe
		from := r.stream
		if !r.source.IsUndefined() {
			from = r.source
		}
		Forget(func() js.Value { return from.Call("cancel") })
	}
	return nil
}
