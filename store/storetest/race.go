package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

const (
	racers = 50
	rounds = 5
)

func testRace(t *testing.T, kv store.KV) {
	for round := range int64(rounds) {
		var won atomic.Int64
		var winner atomic.Value
		together(racers, func(i int) {
			value := []byte(strconv.Itoa(i))
			err := kv.Swap(t.Context(), store.Item{Key: "a", Value: value, Version: round})
			switch {
			case err == nil:
				won.Add(1)
				winner.Store(value)
			case !errors.Is(err, fault.Conflict):
				t.Errorf("swap = %v, want nil or %v", err, fault.Conflict)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("round %d has %d winners, want 1", round, won.Load())
		}
		wantItem(t, kv, store.Item{Key: "a", Value: winner.Load().([]byte), Version: round + 1})
	}
}

func testReadersAndWriters(t *testing.T, kv store.KV) {
	together(12, func(i int) {
		key := fmt.Sprintf("own/%02d", i)
		for version := range int64(20) {
			next := store.Item{Key: key, Value: []byte(key), Version: version}
			if err := kv.Swap(t.Context(), next); err != nil {
				t.Errorf("swap %q at %d = %v", key, version, err)
				return
			}
			last := ""
			for item, err := range kv.Scan(t.Context(), "own/") {
				if err != nil || item.Key <= last || string(item.Value) != item.Key {
					t.Errorf("scan after %q = %q with %q, %v", last, item.Key, item.Value, err)
					return
				}
				last = item.Key
			}
		}
	})
}

func testCounter(t *testing.T, kv store.KV) {
	type counter struct{ N int }
	table := store.NewTable[counter](kv, "counter", nil)
	together(10, func(int) {
		for range 10 {
			_, err := table.Upsert(t.Context(), "a", func(c *counter) error { c.N++; return nil })
			if err != nil {
				t.Errorf("upsert = %v", err)
			}
		}
	})
	if got, err := table.Get(t.Context(), "a"); err != nil || got.N != 100 {
		t.Errorf("count = %d, %v, want 100", got.N, err)
	}
}

func testTake(t *testing.T, kv store.KV) {
	table := store.NewTable[string](kv, "ticket", nil)
	for range rounds {
		if err := table.Insert(t.Context(), "a", "the ticket"); err != nil {
			t.Fatal(err)
		}
		var taken atomic.Int64
		together(racers, func(int) {
			switch row, err := table.Take(t.Context(), "a"); {
			case err == nil && row == "the ticket":
				taken.Add(1)
			case !errors.Is(err, fault.NotFound):
				t.Errorf("take = %q, %v, want %v", row, err, fault.NotFound)
			}
		})
		if taken.Load() != 1 {
			t.Fatalf("taken %d times, want 1", taken.Load())
		}
	}
}

// together runs n calls that begin at the same moment, and waits for them.
func together(n int, call func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	wg.Wait()
}
