//go:build js && wasm

package durableobject

import (
	"bytes"
	"errors"
	"strings"
	"syscall/js"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

func TestMedium(t *testing.T) {
	t.Run("an item that SQLite refuses is too large, and the one before stays", func(t *testing.T) {
		kv := openEmpty(t)
		if err := kv.Swap(t.Context(), store.Item{Key: "a", Value: []byte("one")}); err != nil {
			t.Fatal(err)
		}
		err := kv.Swap(t.Context(), store.Item{Key: "a", Value: bytes.Repeat([]byte("x"), 3<<20), Version: 1})
		if !errors.Is(err, fault.TooLarge) {
			t.Errorf("swap = %v, want %v", err, fault.TooLarge)
		}
		if item, err := kv.Get(t.Context(), "a"); err != nil || string(item.Value) != "one" || item.Version != 1 {
			t.Errorf("get = %q at %d, %v, want what was there", item.Value, item.Version, err)
		}
	})
	t.Run("a failure of SQLite is unavailable, with its cause inside", func(t *testing.T) {
		kv := openEmpty(t)
		if _, err := kv.db.query("DROP TABLE items"); err != nil {
			t.Fatal(err)
		}
		_, got := kv.Get(t.Context(), "a")
		wantUnavailable(t, "get", got)
		wantUnavailable(t, "create", kv.Swap(t.Context(), store.Item{Key: "a", Value: []byte("x")}))
		wantUnavailable(t, "delete", kv.Swap(t.Context(), store.Item{Key: "a", Version: 1}))
		wantUnavailable(t, "delete of nothing", kv.Swap(t.Context(), store.Item{Key: "a"}))
		for _, err := range kv.Scan(t.Context(), "") {
			wantUnavailable(t, "scan", err)
		}
		_, _, got = kv.Sweep(t.Context())
		wantUnavailable(t, "sweep", got)
	})
	t.Run("a store that a later program wrote is refused", func(t *testing.T) {
		kv := openEmpty(t)
		if _, err := kv.db.query("UPDATE edition SET number = 2"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(inObject(t)); !errors.Is(err, fault.Invalid) {
			t.Errorf("open = %v, want %v", err, fault.Invalid)
		}
	})
	t.Run("a table of somebody else stays", func(t *testing.T) {
		kv := openEmpty(t)
		if _, err := kv.db.query("CREATE TABLE IF NOT EXISTS others (a TEXT)"); err != nil {
			t.Fatal(err)
		}
		openAgain(t)
		if _, err := kv.db.query("DROP TABLE others"); err != nil {
			t.Errorf("drop = %v", err)
		}
	})
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	cause, ok := errors.AsType[js.Error](err)
	if !errors.Is(err, fault.Unavailable) || !ok || !strings.Contains(cause.Error(), "no such table") {
		t.Errorf("%s = %v, want %v with its cause", what, err, fault.Unavailable)
	}
	if strings.Contains(fault.Public(err), "table") {
		t.Errorf("%s says %q to strangers", what, fault.Public(err))
	}
}
