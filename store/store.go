// Package store is the one contract that the host keeps its records by, and
// the comfort on top of it.
//
//	flow -> Table[T] -> KV -> mem | sqlite | …
//
// [KV] is as narrow as its weakest driver can keep: reading, a
// compare-and-swap of one key, and a scan in key order. The swap is the only
// atomic step that the host relies on: it makes a code single-use, a refresh
// token rotate once, a counter count. What must change together is therefore
// one record.
package store

import (
	"context"
	"iter"
	"time"
)

// Item is one record under its key.
type Item struct {
	Key   string
	Value []byte // nil deletes, in [KV.Swap]
	// Version counts the writes of the key. Zero stands for a key that does
	// not exist.
	Version int64
	// Expires is when the item stops being there. Zero is never.
	Expires time.Time
}

// KV keeps items. All methods may be called concurrently, and fail with
// fault.Unavailable if the medium is busy, full or gone; nothing is then
// half-written.
type KV interface {
	// Get returns the live item, or fault.NotFound.
	Get(ctx context.Context, key string) (Item, error)

	// Swap writes next if the key still stands at next.Version, and fails
	// with fault.Conflict if it does not. A written item stands at
	// next.Version+1. An expired item counts as absent. A nil Value deletes
	// the item; deleting an absent one at version 0 does nothing.
	//
	// When Swap returns nil the write is durable.
	Swap(ctx context.Context, next Item) error

	// Scan yields the live items whose keys begin with prefix, in the order
	// of their keys. Items written while it runs may or may not be seen. The
	// loop's body may call Swap and Get.
	Scan(ctx context.Context, prefix string) iter.Seq2[Item, error]
}
