//go:build js && wasm

package durableobject

import (
	"context"
	"time"
)

const (
	sweepSQL = `DELETE FROM items WHERE key IN (SELECT key FROM items WHERE expires <= ?1 LIMIT ?2) RETURNING 1`
	nextSQL  = `SELECT expires FROM items WHERE expires IS NOT NULL ORDER BY expires LIMIT 1`
)

// batch is how many items a sweep deletes at once.
const batch = 500

// Sweep deletes a batch of what has expired, and returns how much that was and
// when the next item expires: the zero time if none will, and a time that is
// over if there was more than a batch. Call it from an alarm and set the next
// alarm to that time; between two alarms requests get their turn. An expired
// item is absent already, but takes up room.
func (k *KV) Sweep(ctx context.Context) (swept int, next time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return 0, time.Time{}, err
	}
	rows, err := k.db.query(sweepSQL, now(), batch)
	if err != nil {
		return 0, time.Time{}, err
	}
	swept = rows.Length()
	rows, err = k.db.query(nextSQL)
	if err != nil || rows.Length() == 0 {
		return swept, time.Time{}, err
	}
	return swept, time.UnixMilli(int64(rows.Index(0).Index(0).Float())), nil
}
