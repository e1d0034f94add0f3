//go:build js && wasm

package durableobject

import (
	"syscall/js"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestKV(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.KV { return openEmpty(t) })
}

func TestKVDurable(t *testing.T) {
	openEmpty(t)
	storetest.RunDurable(t, func(t *testing.T, _ string) (store.KV, func() error) {
		return openAgain(t), func() error { return nil }
	})
}

// openEmpty opens the store of the object, which has one, as if it were new.
func openEmpty(t testing.TB) *KV {
	t.Helper()
	d := database{sql: inObject(t)}
	for _, table := range []string{"items", "edition"} {
		if _, err := d.query("DROP TABLE IF EXISTS " + table); err != nil {
			t.Fatal(err)
		}
	}
	return openAgain(t)
}

func openAgain(t testing.TB) *KV {
	t.Helper()
	kv, err := Open(inObject(t))
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// inObject returns the ctx.storage.sql of the object that runs the test.
func inObject(t testing.TB) js.Value {
	t.Helper()
	sql := js.Global().Get("sql")
	if sql.IsUndefined() {
		t.Skip("not in a Durable Object; TestInWorkerd runs it in one")
	}
	return sql
}
