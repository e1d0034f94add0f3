//go:build !js

package sqlite

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// FuzzLikeMemory does the same swaps on a file and in memory: each two bytes
// are one swap. All that can be seen must be alike.
func FuzzLikeMemory(f *testing.F) {
	f.Add([]byte("\x00\x04\x00\x05\x00\x01"))
	f.Add([]byte("\x10\x04\x10\x08\x10\x04\x10\x00\x20\x0c\x20\x0d"))
	kv := openIn(f, f.TempDir())
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 40 {
			t.Skip("long enough")
		}
		clearAll(t, kv)
		model := new(mem.KV)
		for ; len(script) >= 2; script = script[2:] {
			next := swapOf(script[0], script[1])
			got, want := kv.Swap(t.Context(), next), model.Swap(t.Context(), next)
			if errors.Is(got, fault.Conflict) != errors.Is(want, fault.Conflict) || (got == nil) != (want == nil) {
				t.Fatalf("swap %+v = %v, want %v", next, got, want)
			}
			compare(t, kv, model, next.Key[:1])
			compare(t, kv, model, "")
		}
	})
}

// swapOf makes a swap of two bytes: its key, and then its version, whether it
// has a value, and when it expires.
func swapOf(key, what byte) store.Item {
	next := store.Item{Key: string([]byte{key >> 4, key & 1}), Version: int64(what & 3)}
	switch what >> 2 & 3 {
	case 1:
		next.Value = []byte{what}
	case 2:
		next.Value, next.Expires = []byte{}, time.UnixMilli(1)
	case 3:
		next.Value, next.Expires = []byte{what, 0}, time.UnixMilli(1<<42)
	}
	return next
}

func clearAll(t *testing.T, kv *KV) {
	t.Helper()
	if _, err := kv.write.Exec("DELETE FROM items"); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, kv, model store.KV, prefix string) {
	t.Helper()
	got, want := all(t, kv, prefix), all(t, model, prefix)
	if len(got) != len(want) {
		t.Fatalf("scan %q = %d items, want %d", prefix, len(got), len(want))
	}
	for i := range want {
		if got[i].Key != want[i].Key || got[i].Version != want[i].Version ||
			!bytes.Equal(got[i].Value, want[i].Value) || !got[i].Expires.Equal(want[i].Expires) {
			t.Fatalf("scan %q at %d = %+v, want %+v", prefix, i, got[i], want[i])
		}
	}
}

func all(t *testing.T, kv store.KV, prefix string) (items []store.Item) {
	t.Helper()
	for item, err := range kv.Scan(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}
