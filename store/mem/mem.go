// Package mem keeps items in memory: for tests, and for a host that should
// forget everything when it ends.
package mem

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// KV is a [store.KV] in memory. Its zero value is ready to use.
type KV struct {
	mu    sync.Mutex
	items map[string]store.Item
}

// Get returns the live item, or fault.NotFound.
func (k *KV) Get(ctx context.Context, key string) (store.Item, error) {
	if err := ctx.Err(); err != nil {
		return store.Item{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	item, ok := k.live(key)
	if !ok {
		return store.Item{}, fault.NotFound
	}
	item.Value = slices.Clone(item.Value)
	return item, nil
}

// Swap writes next if the key still stands at next.Version.
func (k *KV) Swap(ctx context.Context, next store.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now, _ := k.live(next.Key)
	if now.Version != next.Version {
		return fault.Conflict
	}
	if next.Value == nil {
		delete(k.items, next.Key)
		return nil
	}
	if k.items == nil {
		k.items = make(map[string]store.Item)
	}
	next.Value = slices.Clone(next.Value)
	next.Version++
	k.items[next.Key] = next
	return nil
}

// Scan yields the live items under prefix, in the order of their keys.
func (k *KV) Scan(ctx context.Context, prefix string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for _, key := range k.keys(prefix) {
			item, err := k.Get(ctx, key)
			if errors.Is(err, fault.NotFound) {
				continue // it went while the scan ran
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (k *KV) keys(prefix string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var keys []string
	for key := range k.items {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (k *KV) live(key string) (store.Item, bool) {
	item, ok := k.items[key]
	if !ok || (!item.Expires.IsZero() && !time.Now().Before(item.Expires)) {
		return store.Item{}, false
	}
	return item, true
}
