package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
)

// Cache keeps what can be had again elsewhere, and saves the way there. It may
// forget at any time, and may for a minute return what was there before the
// last Put. So nothing is true because a Cache says it; that is for [KV].
type Cache interface {
	// Get returns the value and whether there is one.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Put keeps the value for as long as ttl, more or less. A nil value
	// forgets what is there.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// NewCache returns a Cache of the items whose keys begin with name and a
// slash, for a host that has no better place.
func NewCache(kv KV, name string) Cache { return cache{kv, name + "/"} }

type cache struct {
	kv     KV
	prefix string
}

func (c cache) Get(ctx context.Context, key string) ([]byte, bool, error) {
	item, err := c.kv.Get(ctx, c.prefix+key)
	if errors.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	return item.Value, err == nil, err
}

func (c cache) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	for {
		had, err := c.kv.Get(ctx, c.prefix+key)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		next := Item{Key: c.prefix + key, Value: value, Version: had.Version, Expires: time.Now().Add(ttl)}
		if err := c.kv.Swap(ctx, next); !errors.Is(err, fault.Conflict) {
			return err
		}
	}
}
