//go:build js && wasm

package workerskv

import (
	"context"
	"errors"
	"math"
	"syscall/js"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/jsrt"
	"gatehouse/store"
)

// shortest is the shortest life that a namespace takes.
const shortest = time.Minute

// Cache is a [store.Cache] in a KV namespace. Keys are text of at most 512
// bytes, and nothing is kept for less than a minute.
type Cache struct {
	namespace js.Value
}

var _ store.Cache = (*Cache)(nil)

// New returns the cache in a KV namespace, a binding of the Worker.
func New(namespace js.Value) *Cache { return &Cache{namespace} }

// Get returns the value and whether there is one.
func (c *Cache) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	buffer, err := c.await(ctx, "get", key, "arrayBuffer")
	if err != nil || buffer.IsNull() {
		return nil, false, err
	}
	array := js.Global().Get("Uint8Array").New(buffer)
	value = make([]byte, array.Length())
	js.CopyBytesToGo(value, array)
	return value, true, nil
}

// Put keeps the value for as long as ttl, or a minute if that is longer. A nil
// value forgets what is there.
func (c *Cache) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if value == nil {
		_, err := c.await(ctx, "delete", key)
		return err
	}
	seconds := math.Ceil(max(ttl, shortest).Seconds())
	_, err := c.await(ctx, "put", key, jsrt.Bytes(value), map[string]any{"expirationTtl": seconds})
	return err
}

// await calls a method of the namespace, and waits for what it promised.
func (c *Cache) await(ctx context.Context, method string, args ...any) (js.Value, error) {
	if err := ctx.Err(); err != nil {
		return js.Undefined(), err
	}
	promise, err := jsrt.Try(func() js.Value { return c.namespace.Call(method, args...) })
	if err == nil {
		promise, err = jsrt.Await(ctx, promise)
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return promise, fault.Wrap(err, fault.Unavailable, "The server's cache cannot be used now. Try again later.")
	}
	return promise, err
}
