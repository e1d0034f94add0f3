//go:build js && wasm

package durableobject

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"syscall/js"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

const (
	getSQL    = `SELECT value, version, expires FROM items WHERE key = ?1 AND (expires IS NULL OR expires > ?2)`
	scanSQL   = `SELECT value, version, expires, key FROM items WHERE key >= ?1 AND (expires IS NULL OR expires > ?2) ORDER BY key LIMIT ?3`
	scanToSQL = `SELECT value, version, expires, key FROM items WHERE key >= ?1 AND (expires IS NULL OR expires > ?2) AND key < ?4 ORDER BY key LIMIT ?3`
)

// A write is one statement that carries its own condition. It writes a row if
// that held.
const (
	createSQL = `INSERT INTO items (key, value, version, expires) VALUES (?1, ?3, 1, ?4)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = 1, expires = excluded.expires
		WHERE items.expires <= ?2`
	replaceSQL = `UPDATE items SET value = ?3, version = version + 1, expires = ?4
		WHERE key = ?1 AND version = ?5 AND (expires IS NULL OR expires > ?2)`
	removeSQL = `DELETE FROM items WHERE key = ?1 AND version = ?3 AND (expires IS NULL OR expires > ?2)`
)

// page is how many items a scan reads at once. All of them are in memory, of
// which an object has little.
const page = 100

// KV is a [store.KV] in a Durable Object. Expiry is kept to the millisecond. An
// item can have 2 MB; a larger one is refused with fault.TooLarge.
type KV struct {
	db database
}

var _ store.KV = (*KV)(nil)

// Open opens the store in the object that sql, its ctx.storage.sql, belongs to.
// An empty database becomes a store; one that a later program has written is
// refused with fault.Invalid.
func Open(sql js.Value) (*KV, error) {
	k := &KV{db: database{sql, js.Global().Get("Uint8Array")}}
	if err := k.db.prepareSchema(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return k, nil
}

// Get returns the live item, or fault.NotFound.
func (k *KV) Get(ctx context.Context, key string) (store.Item, error) {
	if err := ctx.Err(); err != nil {
		return store.Item{}, err
	}
	rows, err := k.db.query(getSQL, k.db.blob(key), now())
	if err != nil {
		return store.Item{}, err
	}
	if rows.Length() == 0 {
		return store.Item{}, fault.NotFound
	}
	item := k.db.item(rows.Index(0))
	item.Key = key
	return item, nil
}

// Swap writes next if the key still stands at next.Version.
func (k *KV) Swap(ctx context.Context, next store.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var written int
	var err error
	switch key := k.db.blob(next.Key); {
	case next.Value == nil && next.Version == 0:
		return k.expectAbsent(ctx, next.Key)
	case next.Value == nil:
		written, err = k.db.write(removeSQL, key, now(), next.Version)
	case next.Version == 0:
		written, err = k.db.write(createSQL, key, now(), k.db.bytes(next.Value), millis(next.Expires))
	default:
		written, err = k.db.write(replaceSQL, key, now(), k.db.bytes(next.Value), millis(next.Expires), next.Version)
	}
	if err == nil && written == 0 {
		return fault.Conflict
	}
	return err
}

func (k *KV) expectAbsent(ctx context.Context, key string) error {
	_, err := k.Get(ctx, key)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	return fault.Conflict
}

// Scan yields the live items under prefix, in the order of their keys. It reads
// a page at a time, and holds none of the database while the loop's body runs.
func (k *KV) Scan(ctx context.Context, prefix string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for from := prefix; ; {
			rows, err := k.page(ctx, from, prefix)
			if err != nil {
				yield(store.Item{}, err)
				return
			}
			n := rows.Length()
			for i := range n {
				row := rows.Index(i)
				item := k.db.item(row)
				item.Key = k.db.text(row.Index(3))
				if !yield(item, nil) {
					return
				}
				from = item.Key + "\x00" // the least key after this one
			}
			if n < page {
				return
			}
		}
	}
}

// page reads the next items from a key on that begin with prefix.
func (k *KV) page(ctx context.Context, from, prefix string) (rows js.Value, err error) {
	if err := ctx.Err(); err != nil {
		return rows, err
	}
	if end := after(prefix); end != nil {
		return k.db.query(scanToSQL, k.db.blob(from), now(), page, k.db.bytes(end))
	}
	return k.db.query(scanSQL, k.db.blob(from), now(), page)
}

// after returns the least key above all that begin with prefix, or nil if no
// key is.
func after(prefix string) []byte {
	end := []byte(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

func now() int64 { return time.Now().UnixMilli() }

// millis is when, as a column holds it: milliseconds since 1970, or NULL for
// never.
func millis(when time.Time) any {
	if when.IsZero() {
		return nil
	}
	return when.UnixMilli()
}
