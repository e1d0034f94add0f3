package worker

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
	"gatehouse/oauth"
	"gatehouse/store"
)

// varShards is a variable: over how many objects the grants are spread.
const varShards = "SHARDS"

// asking bounds how long another object may think.
const asking = 10 * time.Second

// What the tables keep where the person's tokens lead to. All else is in the
// directory.
const (
	grantKeys   = "grants/"
	sessionKeys = "session/" // of MCP, which come with a token
)

// shardCount reads the variable. Nobody who says nothing has more than one.
func shardCount(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > oauth.Shards {
		return 0, fmt.Errorf("%s: %q is no number from 1 to %d", varShards, text, oauth.Shards)
	}
	return n, nil
}

// objectName is the name of a shard's object. The directory is shard 0.
func objectName(shard int) string {
	if shard == 0 {
		return "directory"
	}
	return fmt.Sprintf("shard %d", shard)
}

// shards is the store of one object among several. It keeps some of the keys
// itself, and asks the object that keeps the others:
//
//	directory -> a shard    for its grants, which consent makes
//	a shard -> directory    for clients with their documents, accounts and what is used once
//
// A shard knows nothing of the grants of another, so a token that is brought
// to the wrong object is refused like one that was made up.
type shards struct {
	own    store.KV
	number int // of this object
	count  int
	ask    func(ctx context.Context, shard int, question []byte) (answer []byte, err error)

	// order carries out an operator's order on what is kept here.
	order func(ctx context.Context, o operate.Order) (operate.Result, error)
	// forget hears of a grant that another object has written here, so that
	// nothing goes on with what is remembered of it.
	forget func(grantID string)
}

var _ store.KV = (*shards)(nil)

// keeper is the object that keeps a key.
func (s *shards) keeper(key string) int {
	grant, ok := strings.CutPrefix(key, grantKeys)
	switch {
	case ok:
		if shard := oauth.ShardOf(grant); shard < s.count {
			return shard
		}
	case strings.HasPrefix(key, sessionKeys):
		return s.number
	}
	return 0
}

// foreign reports whether a key is of a grant of another shard, seen from one.
func (s *shards) foreign(key string) bool {
	return s.number != 0 && strings.HasPrefix(key, grantKeys) && s.keeper(key) != s.number
}

// Get returns the live item, or fault.NotFound.
func (s *shards) Get(ctx context.Context, key string) (store.Item, error) {
	switch {
	case s.keeper(key) == s.number:
		return s.own.Get(ctx, key)
	case s.foreign(key):
		return store.Item{}, fault.NotFound
	}
	a, err := s.send(ctx, s.keeper(key), question{Op: opGet, Record: record{Key: []byte(key)}})
	return a.Record.item(), err
}

// Swap writes next if the key still stands at next.Version. If the answer of
// another object is lost it fails with fault.Unavailable, and may have written.
func (s *shards) Swap(ctx context.Context, next store.Item) error {
	switch {
	case s.keeper(next.Key) == s.number:
		return s.own.Swap(ctx, next)
	case s.foreign(next.Key):
		return fault.New(fault.Invalid, "This request has a token that it is not about.")
	}
	_, err := s.send(ctx, s.keeper(next.Key), question{Op: opSwap, Record: recordOf(next)})
	return err
}

// Scan yields the live items of this object. Those of another are never gone
// through from here.
func (s *shards) Scan(ctx context.Context, prefix string) iter.Seq2[store.Item, error] {
	local := strings.HasPrefix(prefix, grantKeys) || s.keeper(prefix) == s.number
	if !local {
		return func(yield func(store.Item, error) bool) {
			yield(store.Item{}, fmt.Errorf("scan %q in %s: %w", prefix, objectName(s.number), fault.Internal))
		}
	}
	return s.own.Scan(ctx, prefix)
}

// answers reports whether others may ask this object for a key: the directory
// for what it keeps for all, a shard for its own grants.
func (s *shards) answers(key string) bool {
	if s.number == 0 && strings.HasPrefix(key, grantKeys) {
		return false
	}
	return !strings.HasPrefix(key, sessionKeys) && s.keeper(key) == s.number
}
