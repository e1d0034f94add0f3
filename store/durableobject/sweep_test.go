//go:build js && wasm

package durableobject

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/store"
)

func TestSweep(t *testing.T) {
	t.Run("an empty store has nothing to sweep, now or later", func(t *testing.T) {
		wantSweep(t, openEmpty(t), 0, time.Time{})
	})
	t.Run("what has expired goes, and the next to expire is told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			kv := openEmpty(t)
			first, second := time.Now().Add(time.Minute), time.Now().Add(time.Hour)
			put(t, kv, "never", time.Time{})
			put(t, kv, "later", second)
			put(t, kv, "soon", first)
			put(t, kv, "soon too", first)
			time.Sleep(time.Minute - time.Millisecond)
			wantSweep(t, kv, 0, first)
			time.Sleep(time.Millisecond)
			wantSweep(t, kv, 2, second)
			wantRows(t, kv, 2)
			time.Sleep(time.Hour)
			wantSweep(t, kv, 1, time.Time{})
			wantRows(t, kv, 1)
		})
	})
	t.Run("more than a batch takes more than one sweep", func(t *testing.T) {
		kv := openEmpty(t)
		past := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
		for i := range batch + 1 {
			put(t, kv, fmt.Sprint(i), past)
		}
		wantSweep(t, kv, batch, past)
		wantSweep(t, kv, 1, time.Time{})
		wantRows(t, kv, 0)
	})
	t.Run("a cancelled context sweeps nothing", func(t *testing.T) {
		kv := openEmpty(t)
		put(t, kv, "a", time.Now().Add(-time.Minute))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := kv.Sweep(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("sweep = %v, want %v", err, context.Canceled)
		}
		wantRows(t, kv, 1)
	})
}

func put(t *testing.T, kv *KV, key string, expires time.Time) {
	t.Helper()
	if err := kv.Swap(t.Context(), store.Item{Key: key, Value: []byte("x"), Expires: expires}); err != nil {
		t.Fatal(err)
	}
}

func wantSweep(t *testing.T, kv *KV, swept int, next time.Time) {
	t.Helper()
	gotSwept, gotNext, err := kv.Sweep(t.Context())
	if err != nil || gotSwept != swept || !gotNext.Equal(next) {
		t.Errorf("sweep = %d, %v, %v, want %d, %v", gotSwept, gotNext, err, swept, next)
	}
}

// wantRows counts what takes up room, live or not.
func wantRows(t *testing.T, kv *KV, want int) {
	t.Helper()
	rows, err := kv.db.query("SELECT count(*) FROM items")
	if err != nil {
		t.Fatal(err)
	}
	if got := rows.Index(0).Index(0).Int(); got != want {
		t.Errorf("the table has %d rows, want %d", got, want)
	}
}
