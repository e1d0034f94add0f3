//go:build !js

package sqlite

import (
	"path/filepath"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestKV(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.KV { return openIn(t, t.TempDir()) })
}

func TestKVDurable(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) (store.KV, func() error) {
		kv := openIn(t, dir)
		return kv, kv.Close
	})
}

func openIn(t testing.TB, dir string) *KV {
	t.Helper()
	kv, err := Open(filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kv.Close() })
	return kv
}
