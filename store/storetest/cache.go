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
	put := func(t *testing.T, key string, value []byte) {
		t.Helper()
		if err := cache.Put(t.Context(), key, value, time.Hour); err != nil {
			t.Errorf("put %q = %v", key, err)
		}
	}
	want := func(t *testing.T, key string, want []byte) {
		t.Helper()
		got, found, err := cache.Get(t.Context(), key)
		if err != nil || found != (want != nil) || !bytes.Equal(got, want) {
			t.Errorf("get %q = %d bytes, %v, %v, want %d", key, len(got), found, err, len(want))
		}
	}
	t.Run("what was never put is not found", func(t *testing.T) { want(t, "a", nil) })
	t.Run("what was put is found, the last of it", func(t *testing.T) {
		put(t, "a", []byte("one"))
		put(t, "a/b", []byte("other"))
		want(t, "a", []byte("one"))
		put(t, "a", []byte("two"))
		want(t, "a", []byte("two"))
		want(t, "a/b", []byte("other"))
	})
	t.Run("any bytes are a value", func(t *testing.T) {
		for _, value := range [][]byte{{}, {0}, {0xff, 0, 0xfe}, bytes.Repeat([]byte("long"), 1<<16)} {
			put(t, "bytes", value)
			want(t, "bytes", value)
		}
	})
	t.Run("a nil value forgets, also what is not there", func(t *testing.T) {
		put(t, "a", nil)
		want(t, "a", nil)
		put(t, "never", nil)
		want(t, "never", nil)
		want(t, "a/b", []byte("other"))
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
		want(t, "late", nil)
	})
}
