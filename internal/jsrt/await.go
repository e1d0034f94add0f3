//go:build js && wasm

package jsrt

import (
	"context"
	"fmt"
	"syscall/js"
)

// settled is how a promise ended.
type settled struct {
	value js.Value
	err   error
}

// Await waits until the promise has a value, or has failed, or ctx ends. A
// promise that is no longer waited for goes on all the same.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	if err := ctx.Err(); err != nil {
		return js.Undefined(), err
	}
	done := make(chan settled, 1)
	kept := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{value: first(args)}
		return nil
	})
	broken := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{err: failure(first(args))}
		return nil
	})
	release := func() {
		kept.Release()
		broken.Release()
	}
	promise.Call("then", kept, broken)
	select {
	case s := <-done:
		release()
		return s.value, s.err
	case <-ctx.Done():
		go func() { // the promise still calls one of the two
			<-done
			release()
		}()
		return js.Undefined(), ctx.Err()
	}
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}

// Try calls f, and returns what JavaScript throws in it as an error.
func Try(f func() js.Value) (v js.Value, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = failure(thrown.Value)
		default:
			panic(thrown)
		}
	}()
	return f(), nil
}

// failure makes an error of what JavaScript threw, which can be anything.
func failure(thrown js.Value) error {
	if thrown.Type() == js.TypeObject {
		if message := thrown.Get("message"); message.Type() == js.TypeString {
			return fmt.Errorf("javascript: %s", message.String())
		}
	}
	return fmt.Errorf("javascript: %s", js.Global().Call("String", thrown).String())
}
