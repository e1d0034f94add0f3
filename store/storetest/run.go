package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Run tests that a driver keeps the contract of [store.KV]. open returns an
// empty store, which open itself arranges to be closed when its t ends. It may
// be called in a synctest bubble.
func Run(t *testing.T, open func(t *testing.T) store.KV) {
	tests := []struct {
		name string
		test func(t *testing.T, kv store.KV)
	}{
		{"an absent key is not found", testAbsent},
		{"a write is read back one version higher", testWrite},
		{"a swap at another version is a conflict and changes nothing", testConflict},
		{"a deleted key is absent and can be created anew", testDelete},
		{"an expired item counts as absent", testExpired},
		{"an empty value is a value", testEmpty},
		{"a big value comes back whole", testBig},
		{"what a caller does with its bytes later is not seen", testOwnBytes},
		{"keys are bytes and scanned in their order", testOrder},
		{"a prefix is bytes, not a pattern", testPrefix},
		{"a scan of many items yields each once", testScanMany},
		{"a scan can be left early", testScanBreak},
		{"the body of a scan may write", testScanWrites},
		{"a cancelled context does nothing", testCancelled},
		{"of many swaps of one key one wins a round", testRace},
		{"readers go on while others write", testReadersAndWriters},
		{"updates under contention all count", testCounter},
		{"a row is taken once", testTake},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, open(t)) })
	}
	t.Run("an item is gone when its time has come", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { testExpires(t, open(t)) })
	})
}

func testAbsent(t *testing.T, kv store.KV) {
	wantAbsent(t, kv, "a")
	wantKeys(t, kv, "")
	if err := kv.Swap(t.Context(), store.Item{Key: "a"}); err != nil {
		t.Errorf("delete of an absent key = %v, want nil", err)
	}
	for _, version := range []int64{-1, 1, 7} {
		wantConflict(t, kv, store.Item{Key: "a", Version: version, Value: []byte("x")})
		wantConflict(t, kv, store.Item{Key: "a", Version: version})
	}
	wantAbsent(t, kv, "a")
}

func testWrite(t *testing.T, kv store.KV) {
	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	swap(t, kv, store.Item{Key: "a", Value: []byte("one")})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("one"), Version: 1})
	swap(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 1, Expires: expires})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 2, Expires: expires})
	swap(t, kv, store.Item{Key: "a", Value: []byte("three"), Version: 2})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("three"), Version: 3})
}

func testConflict(t *testing.T, kv store.KV) {
	swap(t, kv, store.Item{Key: "a", Value: []byte("one")})
	swap(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 1})
	for _, version := range []int64{-1, 0, 1, 3} {
		wantConflict(t, kv, store.Item{Key: "a", Version: version, Value: []byte("x")})
		wantConflict(t, kv, store.Item{Key: "a", Version: version})
	}
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 2})
}

func testDelete(t *testing.T, kv store.KV) {
	swap(t, kv, store.Item{Key: "a", Value: []byte("one")})
	swap(t, kv, store.Item{Key: "b", Value: []byte("other")})
	swap(t, kv, store.Item{Key: "a", Version: 1})
	wantAbsent(t, kv, "a")
	wantKeys(t, kv, "", "b")
	wantConflict(t, kv, store.Item{Key: "a", Version: 1, Value: []byte("x")})
	swap(t, kv, store.Item{Key: "a", Value: []byte("anew")})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("anew"), Version: 1})
}

func testExpired(t *testing.T, kv store.KV) {
	past := time.Now().Add(-time.Minute)
	swap(t, kv, store.Item{Key: "a", Value: []byte("one")})
	swap(t, kv, store.Item{Key: "a", Value: []byte("two"), Version: 1, Expires: past})
	wantAbsent(t, kv, "a")
	wantKeys(t, kv, "")
	wantConflict(t, kv, store.Item{Key: "a", Version: 2, Value: []byte("x")})
	wantConflict(t, kv, store.Item{Key: "a", Version: 2})
	swap(t, kv, store.Item{Key: "a"}) // deleting what is absent does nothing
	swap(t, kv, store.Item{Key: "a", Value: []byte("anew")})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("anew"), Version: 1})
}

func testExpires(t *testing.T, kv store.KV) {
	expires := time.Now().Add(time.Minute)
	swap(t, kv, store.Item{Key: "a", Value: []byte("one"), Expires: expires})
	time.Sleep(time.Minute - time.Millisecond)
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("one"), Version: 1, Expires: expires})
	time.Sleep(time.Millisecond)
	wantAbsent(t, kv, "a")
	swap(t, kv, store.Item{Key: "a", Value: []byte("anew")})
	time.Sleep(time.Hour)
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("anew"), Version: 1})
}

func testEmpty(t *testing.T, kv store.KV) {
	swap(t, kv, store.Item{Key: "a", Value: []byte{}})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte{}, Version: 1})
	swap(t, kv, store.Item{Key: "a", Value: []byte{}, Version: 1})
	wantItem(t, kv, store.Item{Key: "a", Value: []byte{}, Version: 2})
	for item, err := range kv.Scan(t.Context(), "a") {
		if err != nil || item.Value == nil {
			t.Errorf("scan = %v, %v, want an empty value that is not nil", item, err)
		}
	}
}

func testBig(t *testing.T, kv store.KV) {
	value := bytes.Repeat([]byte{0, 1, 0xff, 'x'}, 1<<18)
	swap(t, kv, store.Item{Key: "a", Value: value})
	wantItem(t, kv, store.Item{Key: "a", Value: value, Version: 1})
}

func testOwnBytes(t *testing.T, kv store.KV) {
	value := []byte("one")
	swap(t, kv, store.Item{Key: "a", Value: value})
	value[0] = 'X'
	item, err := kv.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	item.Value[1] = 'X'
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("one"), Version: 1})
}

func testCancelled(t *testing.T, kv store.KV) {
	swap(t, kv, store.Item{Key: "a", Value: []byte("one")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kv.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("get = %v, want %v", err, context.Canceled)
	}
	if err := kv.Swap(ctx, store.Item{Key: "a", Version: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("swap = %v, want %v", err, context.Canceled)
	}
	var scanned error
	for _, err := range kv.Scan(ctx, "") {
		scanned = err
	}
	if !errors.Is(scanned, context.Canceled) {
		t.Errorf("scan = %v, want %v", scanned, context.Canceled)
	}
	wantItem(t, kv, store.Item{Key: "a", Value: []byte("one"), Version: 1})
}

func swap(t *testing.T, kv store.KV, next store.Item) {
	t.Helper()
	if err := kv.Swap(t.Context(), next); err != nil {
		t.Fatalf("swap %q at %d = %v, want nil", next.Key, next.Version, err)
	}
}

func wantConflict(t *testing.T, kv store.KV, next store.Item) {
	t.Helper()
	if err := kv.Swap(t.Context(), next); !errors.Is(err, fault.Conflict) {
		t.Errorf("swap %q at %d = %v, want %v", next.Key, next.Version, err, fault.Conflict)
	}
}

func wantAbsent(t *testing.T, kv store.KV, key string) {
	t.Helper()
	if item, err := kv.Get(t.Context(), key); !errors.Is(err, fault.NotFound) {
		t.Errorf("get %q = %v, %v, want %v", key, item, err, fault.NotFound)
	}
}

func wantItem(t *testing.T, kv store.KV, want store.Item) {
	t.Helper()
	got, err := kv.Get(t.Context(), want.Key)
	if err != nil {
		t.Fatalf("get %q = %v", want.Key, err)
	}
	if !same(got, want) {
		t.Errorf("get %q = %s, want %s", want.Key, show(got), show(want))
	}
}

func same(a, b store.Item) bool {
	return a.Key == b.Key && a.Version == b.Version && a.Expires.Equal(b.Expires) &&
		bytes.Equal(a.Value, b.Value) && (a.Value == nil) == (b.Value == nil)
}

func show(item store.Item) string {
	return fmt.Sprintf("%.40q (%d bytes) at %d until %v", item.Value, len(item.Value), item.Version, item.Expires)
}

func wantKeys(t *testing.T, kv store.KV, prefix string, want ...string) {
	t.Helper()
	if got := keys(t, kv, prefix); !slices.Equal(got, want) {
		t.Errorf("scan %q = %q, want %q", prefix, got, want)
	}
}

func keys(t *testing.T, kv store.KV, prefix string) []string {
	t.Helper()
	var found []string
	for item, err := range kv.Scan(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("scan %q = %v", prefix, err)
		}
		found = append(found, item.Key)
	}
	return found
}
