package mem_test

import (
	"testing"

	"gatehouse/store"
	"gatehouse/store/mem"
	"gatehouse/store/storetest"
)

func TestKV(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.KV { return new(mem.KV) })
}
