//go:build js && wasm

package jsrt

import "syscall/js"

// Bytes returns a Uint8Array with a copy of b.
func Bytes(b []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}

// ReadBytes returns a copy of a Uint8Array, or nil if it is something else.
func ReadBytes(array js.Value) []byte {
	if !array.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil
	}
	b := make([]byte, array.Length())
	js.CopyBytesToGo(b, array)
	return b
}

// Console is a writer whose every write is one entry of the Worker's log.
type Console struct{}

func (Console) Write(p []byte) (int, error) {
	text := p
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text = text[:n-1]
	}
	js.Global().Get("console").Call("log", string(text))
	return len(p), nil
}
