package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
	"gatehouse/store/mem"
	"gatehouse/store/storetest"
)

func TestCache(t *testing.T) {
	storetest.RunCache(t, store.NewCache(new(mem.KV), "cache"))
}

func TestCacheForgetsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := store.NewCache(new(mem.KV), "cache")
		if err := c.Put(t.Context(), "a", []byte("x"), time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, found, err := c.Get(t.Context(), "a"); found || err != nil {
			t.Errorf("get = %v, %v, want nothing", found, err)
		}
	})
}

func TestCacheOfManyWriters(t *testing.T) {
	c := store.NewCache(new(mem.KV), "cache")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := c.Put(t.Context(), "a", fmt.Append(nil, i), time.Hour); err != nil {
				t.Errorf("put = %v", err)
			}
		})
	}
	wg.Wait()
	if _, found, err := c.Get(t.Context(), "a"); !found || err != nil {
		t.Errorf("get = %v, %v, want one of them", found, err)
	}
}

// gone is a medium that cannot be used.
type gone struct{ mem.KV }

func (*gone) Get(context.Context, string) (store.Item, error) {
	return store.Item{}, fault.New(fault.Unavailable, "The disk is gone.")
}

func TestCacheOverAMediumThatIsGone(t *testing.T) {
	c := store.NewCache(new(gone), "cache")
	if _, found, err := c.Get(t.Context(), "a"); found || !errors.Is(err, fault.Unavailable) {
		t.Errorf("get = %v, %v, want %v", found, err, fault.Unavailable)
	}
	if err := c.Put(t.Context(), "a", []byte("x"), time.Hour); !errors.Is(err, fault.Unavailable) {
		t.Errorf("put = %v, want %v", err, fault.Unavailable)
	}
}
