package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// RunDurable tests that what was written is there when the store is opened
// anew. open opens the one store that lives in dir, creating it if need be;
// what it returns second closes it.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) (store.KV, func() error)) {
	dir := t.TempDir()
	session := func(use func(kv store.KV)) {
		kv, end := open(t, dir)
		use(kv)
		if err := end(); err != nil {
			t.Fatalf("close = %v", err)
		}
	}
	session(func(kv store.KV) { Leave(t, kv) })
	session(func(kv store.KV) {
		Find(t, kv)
		swap(t, kv, store.Item{Key: "a", Value: []byte("three"), Version: 2})
	})
	t.Run("two that have it open see each other's writes", func(t *testing.T) {
		one, endOne := open(t, dir)
		two, endTwo := open(t, dir)
		wantItem(t, two, store.Item{Key: "a", Value: []byte("three"), Version: 3})
		swap(t, one, store.Item{Key: "a", Value: []byte("four"), Version: 3})
		wantItem(t, two, store.Item{Key: "a", Value: []byte("four"), Version: 4})
		wantConflict(t, two, store.Item{Key: "a", Value: []byte("x"), Version: 3})
		testRaceOfTwo(t, one, two)
		if err := errors.Join(endOne(), endTwo()); err != nil {
			t.Errorf("close = %v", err)
		}
	})
}

// farOff is an expiry that a test never sees.
var farOff = time.Date(2999, 12, 31, 23, 59, 59, int(999*time.Millisecond), time.UTC)

// Leave writes to an empty store what [Find] looks for. They are for a medium
// that outlives the process, which [RunDurable] cannot end.
func Leave(t *testing.T, kv store.KV) {
	putOdd(t, kv)
	swap(t, kv, store.Item{Key: "gone", Value: []byte("x")})
	swap(t, kv, store.Item{Key: "gone", Version: 1})
	swap(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 1, Expires: farOff})
}

// Find tests that a store has what [Leave] wrote, and nothing else. It changes
// nothing.
func Find(t *testing.T, kv store.KV) {
	wantKeys(t, kv, "", slices.Sorted(slices.Values(odd))...)
	wantAbsent(t, kv, "gone")
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 2, Expires: farOff})
	wantConflict(t, kv, store.Item{Key: "a", Value: []byte("x"), Version: 1})
}

// testRaceOfTwo lets two stores that share their medium race for one key.
func testRaceOfTwo(t *testing.T, stores ...store.KV) {
	for version := range int64(20) {
		won := make(chan struct{}, len(stores))
		together(len(stores), func(i int) {
			err := stores[i].Swap(t.Context(), store.Item{Key: "race", Value: []byte("x"), Version: version})
			if err == nil {
				won <- struct{}{}
			} else if !errors.Is(err, fault.Conflict) {
				t.Errorf("swap = %v, want nil or %v", err, fault.Conflict)
			}
		})
		if len(won) != 1 {
			t.Fatalf("version %d has %d winners, want 1", version, len(won))
		}
	}
}
