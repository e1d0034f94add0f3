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
	page    js.Value
	room    int // in the page
	respond js.Value
	end     js.Value

	mu      sync.Mutex
	cancels map[int]context.CancelFunc // of the requests that are being answered
}

func newCrossing(object js.Value) *crossing {
	page := object.Get("page")
	return &crossing{
		page:    page,
		room:    page.Length(),
		respond: object.Get("respond"),
		end:     object.Get("end"),
		cancels: make(map[int]context.CancelFunc),
	}
}

// letter is a request as it came.
type letter struct {
	id     int
	head   string
	body   []byte
	stream js.Value // in the place of the body, or null
}

// receive takes a letter out of the page.
func (c *crossing) receive(args []js.Value) letter {
	head, text := args[1].Int(), make([]byte, args[2].Int())
	js.CopyBytesToGo(text, c.page)
	return letter{id: args[0].Int(), head: string(text[:head]), body: text[head:], stream: args[3]}
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

// give hands an answer over: its head with its body, or with a stream.
func (c *crossing) give(id int, head, body []byte, stream js.Value) {
	text := append(head, body...)
	if len(text) > c.room {
		c.respond.Invoke(id, len(head), len(text), stream, jsrt.Bytes(text))
		return
	}
	js.CopyBytesToJS(c.page, text)
	c.respond.Invoke(id, len(head), len(text), stream)
}
