//go:build js && wasm

package worker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall/js"
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
	defer leave(r)
	h.ServeHTTP(a, r)
}

// small is how much of a body is read for nobody.
const small = 256 << 10

// leave reads to its end what the handler left of a small body, as net/http
// does: the runtime can use a connection again only then. Of a large one it
// lets go.
func leave(r *http.Request) {
	if r.ContentLength > 0 && r.ContentLength <= small {
		io.Copy(io.Discard, r.Body)
	}
	r.Body.Close()
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
