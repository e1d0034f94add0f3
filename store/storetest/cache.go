package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/store"
)

// RunCache tests that a driver keeps the contract of [store.Cache], as far as
// an empty one that nobody else uses can show it.
func RunCache(t *testing.T, cache store.Cache) {
	put := func(key string, value []byte) {
		t.Helper()
		if err := cache.Put(t.Context(), key, value, time.Hour); err != nil {
			t.Errorf("put %q = %v", key, err)
		}
	}
	want := func(key string, want []byte) {
		t.Helper()
		got, found, err := cache.Get(t.Context(), key)
		if err != nil || found != (want != nil) || !bytes.Equal(got, want) {
			t.Errorf("get %q = %d bytes, %v, %v, want %d", key, len(got), found, err, len(want))
		}
	}
	t.Run("what was never put is not found", func(*testing.T) { want("a", nil) })
	t.Run("what was put is found, the last of it", func(*testing.T) {
		put("a", []byte("one"))
		put("a/b", []byte("other"))
		want("a", []byte("one"))
		put("a", []byte("two"))
		want("a", []byte("two"))
		want("a/b", []byte("other"))
	})
	t.Run("any bytes are a value", func(*testing.T) {
		for _, value := range [][]byte{{}, {0}, {0xff, 0, 0xfe}, bytes.Repeat([]byte("long"), 1<<16)} {
			put("bytes", value)
			want("bytes", value)
		}
	})
	t.Run("a nil value forgets, also what is not there", func(*testing.T) {
		put("a", nil)
		want("a", nil)
		put("never", nil)
		want("never", nil)
		want("a/b", []byte("other"))
	})
	t.Run("a context that is over does nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := cache.Put(ctx, "late", []byte("x"), time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("put = %v, want %v", err, context.Canceled)
		}
		if _, _, err := cache.Get(ctx, "late"); !errors.Is(err, context.Canceled) {
			t.Errorf("get = %v, want %v", err, context.Canceled)
		}
		want("late", nil)
	})
}
