//go:build js && wasm

package workerskv

import (
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store/storetest"
)

func TestCache(t *testing.T) {
	storetest.RunCache(t, New(inWorker(t)))
}

func TestShortLife(t *testing.T) {
	c := New(inWorker(t))
	for _, ttl := range []time.Duration{-time.Hour, 0, time.Millisecond, 90500 * time.Millisecond} {
		if err := c.Put(t.Context(), "short", []byte("x"), ttl); err != nil {
			t.Errorf("put for %v = %v", ttl, err)
		}
		if _, found, err := c.Get(t.Context(), "short"); !found || err != nil {
			t.Errorf("get = %v, %v, want what was put for %v", found, err, ttl)
		}
	}
}

func TestFailure(t *testing.T) {
	c := New(inWorker(t))
	long := strings.Repeat("k", 600) // longer than a namespace takes
	_, _, err := c.Get(t.Context(), long)
	wantUnavailable(t, "get", err)
	wantUnavailable(t, "put", c.Put(t.Context(), long, []byte("x"), time.Hour))
	wantUnavailable(t, "delete", c.Put(t.Context(), long, nil, 0))
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "512") || strings.Contains(fault.Public(err), "512") {
		t.Errorf("%s = %v, want %v with its cause inside", what, err, fault.Unavailable)
	}
}

// inWorker returns the namespace of the Worker that runs the test.
func inWorker(t *testing.T) js.Value {
	t.Helper()
	namespace := js.Global().Get("namespace")
	if namespace.IsUndefined() {
		t.Skip("not in a Worker; TestInMiniflare runs it in one")
	}
	return namespace
}
