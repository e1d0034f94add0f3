//go:build js && wasm

package worker

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"syscall/js"

	"gatehouse/internal/jsrt"
)

// crossing is this side of worker/crossing.mjs, which says what crosses and how.
type crossing struct {
	respond js.Value // with an answer that is whole
	stream  js.Value // with the head of one whose body is a stream
	end     js.Value // of such a stream

	mu      sync.Mutex
	cancels map[int]context.CancelFunc // of the requests that are being answered
}

func newCrossing(object js.Value) *crossing {
	return &crossing{
		respond: object.Get("respond"),
		stream:  object.Get("stream"),
		end:     object.Get("end"),
		cancels: make(map[int]context.CancelFunc),
	}
}

// page is where a letter crosses, and the answer to it. It has room for a body
// in one piece, and any head that the runtime takes, which is 128 KiB before it
// is UTF-8.
var page [largest + 384<<10]byte

const largest = 64 << 10 // of a body in one piece: see worker/crossing.mjs

// pageStart tells JavaScript where the page is.
//
//go:wasmexport page
func pageStart() *byte { return &page[0] }

// letters has somebody answer what comes, as soon as the program is ready.
var letters *crew[letter]

// receive takes a letter, which is answered when JavaScript wakes the program
// next. A js.Func would ask JavaScript ten times for what it is called with.
//
//go:wasmexport receive
func receive(id, head, size int32) {
	letters.take(read(int(id), int(head), int(size)))
}

// letter is a request as it came.
type letter struct {
	id     int
	head   string
	body   []byte
	stream js.Value // in the place of the body, or null
}

// read reads the page.
func read(id, head, size int) letter {
	return letter{id: id, head: string(page[:head]), body: bytes.Clone(page[head:size]), stream: js.Null()}
}

// streams tells whether the body is still arriving.
func (l letter) streams() bool { return l.stream.Type() == js.TypeObject }

// open returns the body.
func (l letter) open(ctx context.Context) io.ReadCloser {
	switch {
	case l.streams():
		return jsrt.NewReader(ctx, l.stream)
	case len(l.body) > 0:
		return io.NopCloser(bytes.NewReader(l.body))
	}
	return http.NoBody
}

// begin says how a request is given up. It returns what ends it.
func (c *crossing) begin(id int, cancel context.CancelFunc) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancels[id] = cancel
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.cancels, id)
	}
}

// leave gives a request up, whose client is gone.
func (c *crossing) leave(id int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.cancels[id]; ok {
		cancel()
	}
}

// give hands an answer over: its head with its body.
func (c *crossing) give(id int, head, body []byte) {
	text := append(head, body...)
	if len(text) > len(page) {
		c.respond.Invoke(id, len(head), len(text), jsrt.Bytes(text))
		return
	}
	copy(page[:], text)
	c.respond.Invoke(id, len(head), len(text))
}
