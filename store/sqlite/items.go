//go:build !js

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

const (
	getSQL    = `SELECT key, value, version, expires FROM items WHERE key = ?1 AND (expires IS NULL OR expires > ?2)`
	scanSQL   = `SELECT key, value, version, expires FROM items WHERE key >= ?1 AND (expires IS NULL OR expires > ?2) ORDER BY key LIMIT ?3`
	scanToSQL = `SELECT key, value, version, expires FROM items WHERE key >= ?1 AND (expires IS NULL OR expires > ?2) AND key < ?4 ORDER BY key LIMIT ?3`
	sweepSQL  = `DELETE FROM items WHERE key IN (SELECT key FROM items WHERE expires <= ?1 LIMIT ?2)`
)

const (
	page  = 200 // items that a scan reads at once
	batch = 500 // items that a sweep deletes at once
)

// Get returns the live item, or fault.NotFound.
func (k *KV) Get(ctx context.Context, key string) (store.Item, error) {
	item, err := readItem(k.get.QueryRowContext(ctx, []byte(key), now()))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Item{}, fault.NotFound
	}
	return item, classify(err)
}

// Scan yields the live items under prefix, in the order of their keys. It reads
// a page at a time, so the loop's body holds up nobody.
func (k *KV) Scan(ctx context.Context, prefix string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for from := prefix; ; {
			items, err := k.page(ctx, from, prefix)
			if err != nil {
				yield(store.Item{}, classify(err))
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if len(items) < page {
				return
			}
			from = items[page-1].Key + "\x00" // the least key after the last one
		}
	}
}

// page reads the next items from a key on that begin with prefix.
func (k *KV) page(ctx context.Context, from, prefix string) (items []store.Item, err error) {
	stmt, args := k.scan, []any{[]byte(from), now(), page}
	if end := after(prefix); end != nil {
		stmt, args = k.scanTo, append(args, end)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		item, err := readItem(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
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

// Sweep deletes what has expired, a batch at a time so that writers get their
// turn, and returns how much that was. Call it now and then: an expired item
// is absent already, but takes up room.
func (k *KV) Sweep(ctx context.Context) (int, error) {
	for swept := 0; ; {
		done, err := k.sweep.ExecContext(ctx, now(), batch)
		if err != nil {
			return swept, classify(err)
		}
		n, err := done.RowsAffected()
		swept += int(n)
		if err != nil || n < batch {
			return swept, classify(err)
		}
	}
}

func readItem(row interface{ Scan(...any) error }) (store.Item, error) {
	var key []byte
	var item store.Item
	var expires sql.NullInt64
	if err := row.Scan(&key, &item.Value, &item.Version, &expires); err != nil {
		return store.Item{}, err
	}
	item.Key = string(key)
	if item.Value == nil {
		item.Value = []byte{} // how the driver reads an empty blob
	}
	if expires.Valid {
		item.Expires = time.UnixMilli(expires.Int64)
	}
	return item, nil
}

func now() int64 { return time.Now().UnixMilli() }

func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}
