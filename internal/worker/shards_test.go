package worker

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
	"gatehouse/oauth"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// objects are some that ask one another, and what each has heard of grants.
type objects struct {
	all  []*shards
	told [][]string
	lost error // what comes in place of answers
}

func newObjects(count int) *objects {
	o := &objects{told: make([][]string, count)}
	for number := range count {
		of := &shards{own: new(mem.KV), number: number, count: count, ask: o.ask}
		of.forget = func(grant string) { o.told[number] = append(o.told[number], grant) }
		of.order = func(ctx context.Context, order operate.Order) (operate.Result, error) {
			return operate.Records{Tables: of.tables(), Most: mostRows, Ended: of.forget}.Do(ctx, order)
		}
		o.all = append(o.all, of)
	}
	return o
}

func (o *objects) ask(ctx context.Context, shard int, question []byte) ([]byte, error) {
	return o.all[shard].answer(ctx, question), o.lost
}

func TestShardCount(t *testing.T) {
	for text, want := range map[string]int{"": 1, "1": 1, "3": 3, "3844": 3844, "0": 0, "-1": 0, "3845": 0, "3.0": 0, "many": 0} {
		if got, err := shardCount(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q are %d shards, %v, want %d", text, got, err, want)
		}
	}
}

func TestKeeper(t *testing.T) {
	grant := func(shard int) string { return "grants/" + oauth.NewGrantID(shard) }
	for _, tt := range []struct {
		name, key  string
		at, keeper int
	}{
		{"a client is in the directory", "clients/x", 2, 0},
		{"a login too", "sessions/x", 1, 0},
		{"a grant is where its id says", grant(2), 0, 2},
		{"wherever that is asked", grant(1), 2, 1},
		{"a grant of a shard that is not there is sought in the directory", grant(3), 1, 0},
		{"what is no id too", "grants/x", 1, 0},
		{"a session is where its token leads", "session/x", 2, 2},
		{"what was fetched once is in the directory for all", "cache/x", 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newObjects(3).all[tt.at].keeper(tt.key); got != tt.keeper {
				t.Errorf("keeper of %q = %d, want %d", tt.key, got, tt.keeper)
			}
		})
	}
}

func TestShards(t *testing.T) {
	ctx := t.Context()
	grant := "grants/" + oauth.NewGrantID(1)
	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)

	t.Run("the directory writes a grant where it is kept, and there it is seen", func(t *testing.T) {
		o := newObjects(3)
		if err := o.all[0].Swap(ctx, store.Item{Key: grant, Value: []byte("a"), Expires: expires}); err != nil {
			t.Fatal(err)
		}
		for _, from := range o.all[:2] {
			if got, err := from.Get(ctx, grant); err != nil || string(got.Value) != "a" || got.Version != 1 || !got.Expires.Equal(expires) || got.Key != grant {
				t.Errorf("seen from %s it is %+v, %v", objectName(from.number), got, err)
			}
		}
		if _, err := o.all[0].own.Get(ctx, grant); !errors.Is(err, fault.NotFound) {
			t.Errorf("the directory has it too: %v", err)
		}
		if want := []string{grant[len(grantKeys):]}; !slices.Equal(o.told[1], want) {
			t.Errorf("its object was told of %q, want %q", o.told[1], want)
		}
	})
	t.Run("a swap is as exact as at home", func(t *testing.T) {
		o := newObjects(2)
		for _, step := range []struct {
			next store.Item
			want error
		}{
			{store.Item{Key: "clients/\xff", Value: []byte{}}, nil},
			{store.Item{Key: "clients/\xff", Value: []byte("b")}, fault.Conflict},
			{store.Item{Key: "clients/\xff", Value: []byte("b"), Version: 1}, nil},
			{store.Item{Key: "clients/\xff", Version: 1}, fault.Conflict},
			{store.Item{Key: "clients/\xff", Version: 2}, nil},
		} {
			if err := o.all[1].Swap(ctx, step.next); !errors.Is(err, step.want) {
				t.Errorf("swap of %+v = %v, want %v", step.next, err, step.want)
			}
		}
		if _, err := o.all[1].Get(ctx, "clients/\xff"); !errors.Is(err, fault.NotFound) {
			t.Errorf("get = %v, want %v", err, fault.NotFound)
		}
	})
	t.Run("a shard does not know the grants of others", func(t *testing.T) {
		o := newObjects(3)
		if err := o.all[0].Swap(ctx, store.Item{Key: grant, Value: []byte("a")}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.all[2].Get(ctx, grant); !errors.Is(err, fault.NotFound) {
			t.Errorf("get = %v, want %v", err, fault.NotFound)
		}
		if err := o.all[2].Swap(ctx, store.Item{Key: grant, Version: 1}); !errors.Is(err, fault.Invalid) {
			t.Errorf("swap = %v, want %v", err, fault.Invalid)
		}
		if _, err := o.all[2].Get(ctx, "grants/"+oauth.NewGrantID(0)); !errors.Is(err, fault.NotFound) {
			t.Errorf("get of the directory's = %v, want %v", err, fault.NotFound)
		}
	})
	t.Run("an object answers for what it shares, and nothing else", func(t *testing.T) {
		o := newObjects(2)
		for key, at := range map[string]int{"session/x": 0, "cache/x": 1, "clients/x": 1, "grants/" + oauth.NewGrantID(0): 1, "grants/" + oauth.NewGrantID(0) + " ": 0} {
			_, err := o.all[1-at].send(ctx, at, question{Op: opGet, Record: record{Key: []byte(key)}})
			if !errors.Is(err, fault.Internal) {
				t.Errorf("%s was asked for %q: %v, want %v", objectName(at), key, err, fault.Internal)
			}
		}
		if _, err := o.all[0].send(ctx, 1, question{Op: "drop", Record: record{Key: []byte(grant)}}); !errors.Is(err, fault.Internal) {
			t.Errorf("asked for what it does not know: %v, want %v", err, fault.Internal)
		}
	})
	t.Run("a lost answer is a failure that passes", func(t *testing.T) {
		o := newObjects(2)
		o.lost = errors.New("the object was reset")
		err := o.all[1].Swap(ctx, store.Item{Key: "clients/x", Value: []byte("a")})
		if !errors.Is(err, fault.Unavailable) || !errors.Is(err, o.lost) {
			t.Errorf("swap = %v, want %v", err, fault.Unavailable)
		}
		o.lost = nil // it was written all the same, so writing again is seen to be too late
		if err := o.all[1].Swap(ctx, store.Item{Key: "clients/x", Value: []byte("a")}); !errors.Is(err, fault.Conflict) {
			t.Errorf("swap = %v, want %v", err, fault.Conflict)
		}
	})
	t.Run("a scan is of the object's own", func(t *testing.T) {
		o := newObjects(2)
		for _, from := range []int{0, 1} {
			if err := o.all[0].Swap(ctx, store.Item{Key: "grants/" + oauth.NewGrantID(from), Value: []byte("a")}); err != nil {
				t.Fatal(err)
			}
		}
		for _, of := range o.all {
			n := 0
			for item, err := range of.Scan(ctx, "grants/") {
				if n++; err != nil || of.keeper(item.Key) != of.number {
					t.Errorf("%s has %q, %v", objectName(of.number), item.Key, err)
				}
			}
			if n != 1 {
				t.Errorf("%s has %d grants, want 1", objectName(of.number), n)
			}
		}
		for _, err := range o.all[1].Scan(ctx, "clients/") {
			if !errors.Is(err, fault.Internal) {
				t.Errorf("a scan of the directory from a shard = %v, want %v", err, fault.Internal)
			}
		}
	})
}
