package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/store"
	"gatehouse/store/mem"
)

func record(subject string) Record {
	return Record{
		Subject:      subject,
		Revision:     mcp.R20251125,
		Info:         jsontext.Value(`{"name":"test","version":"1"}`),
		Capabilities: jsontext.Value(`{"sampling":{}}`),
	}
}

func create(t *testing.T, s *Store, subject string) *Session {
	t.Helper()
	made, err := s.Create(t.Context(), record(subject))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestFind(t *testing.T) {
	kv := new(mem.KV)
	s := New(kv, Config{})
	made := create(t, s, "alice")

	t.Run("the person who opened it finds it", func(t *testing.T) {
		if found, err := s.Find(t.Context(), "alice", made.ID()); err != nil || found != made {
			t.Errorf("Find = %v, %v", found, err)
		}
	})
	t.Run("for another person it is not there, in memory or not", func(t *testing.T) {
		for _, s := range []*Store{s, New(kv, Config{})} {
			if _, err := s.Find(t.Context(), "bob", made.ID()); !errors.Is(err, fault.NotFound) {
				t.Errorf("Find = %v, want not found", err)
			}
		}
	})
	t.Run("it outlives the process, with all it holds", func(t *testing.T) {
		if err := s.SetLevel(t.Context(), made, "error"); err != nil {
			t.Fatal(err)
		}
		if err := s.Subscribe(t.Context(), made, "file:///a"); err != nil {
			t.Fatal(err)
		}
		found, err := New(kv, Config{}).Find(t.Context(), "alice", made.ID())
		if err != nil {
			t.Fatal(err)
		}
		c := found.Client()
		if c.LogLevel != "error" || c.Revision != mcp.R20251125 || c.Session != made.ID() ||
			string(c.Info) != `{"name":"test","version":"1"}` || string(c.Capabilities) != `{"sampling":{}}` {
			t.Errorf("client = %+v", c)
		}
		if got := found.Subscriptions(); !slices.Equal(got, []string{"file:///a"}) {
			t.Errorf("subscriptions = %q", got)
		}
	})
	t.Run("one that has ended is gone, here and elsewhere", func(t *testing.T) {
		over := 0
		made.OnEnd(func() { over++ })
		if err := s.End(t.Context(), made); err != nil {
			t.Fatal(err)
		}
		if err := s.End(t.Context(), made); err != nil || over != 1 {
			t.Errorf("second End = %v, OnEnd called %d times", err, over)
		}
		for _, s := range []*Store{s, New(kv, Config{})} {
			if _, err := s.Find(t.Context(), "alice", made.ID()); !errors.Is(err, fault.NotFound) {
				t.Errorf("Find = %v, want not found", err)
			}
		}
	})
}

func TestID(t *testing.T) {
	s := New(new(mem.KV), Config{})
	id := create(t, s, "alice").ID()
	if len(id) != idLength || strings.ContainsFunc(id, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		t.Errorf("id %q is not %d visible ASCII characters", id, idLength)
	}
	for handle := range s.All(t.Context()) {
		if strings.Contains(handle, id) {
			t.Errorf("the handle %q tells the id", handle)
		}
	}
}

func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		s := New(kv, Config{})
		used, idle := create(t, s, "alice"), create(t, s, "alice")
		ended := false
		idle.OnEnd(func() { ended = true })

		for range 5 {
			time.Sleep(6 * time.Hour)
			if _, err := s.Find(t.Context(), "alice", used.ID()); err != nil {
				t.Fatalf("a session in use ended: %v", err)
			}
		}
		if _, err := s.Find(t.Context(), "alice", idle.ID()); !errors.Is(err, fault.NotFound) {
			t.Errorf("after 30 idle hours Find = %v, want not found", err)
		}
		if !ended {
			t.Error("OnEnd was not called")
		}
		if _, err := New(kv, Config{}).Find(t.Context(), "alice", used.ID()); err != nil {
			t.Errorf("the store does not know of the use: %v", err)
		}
	})
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(new(mem.KV), Config{})
		for i := range 10 {
			create(t, s, fmt.Sprint(i))
		}
		busy := create(t, s, "busy")
		busy.Begin()
		time.Sleep(25 * time.Hour)
		create(t, s, "new")
		if len(s.live) != 2 || len(s.byKey) != 2 {
			t.Errorf("%d sessions in memory, want the busy and the new one", len(s.live))
		}
	})
}

func TestEndedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		here, there := New(kv, Config{}), New(kv, Config{})
		made := create(t, here, "alice")
		same, err := there.Find(t.Context(), "alice", made.ID())
		if err != nil {
			t.Fatal(err)
		}
		if err := there.End(t.Context(), same); err != nil {
			t.Fatal(err)
		}
		time.Sleep(touchEvery)
		if _, err := here.Find(t.Context(), "alice", made.ID()); !errors.Is(err, fault.NotFound) {
			t.Errorf("Find = %v, want not found", err)
		}
	})
}

func TestPerPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(new(mem.KV), Config{PerPerson: 3})
		var made []*Session
		for range 3 {
			made = append(made, create(t, s, "alice"))
			time.Sleep(time.Second)
		}
		create(t, s, "bob")

		made[0].Begin() // the oldest, but busy
		if _, err := s.Find(t.Context(), "alice", made[1].ID()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		fourth := create(t, s, "alice")
		for i, want := range []bool{true, true, false} {
			if _, err := s.Find(t.Context(), "alice", made[i].ID()); (err == nil) != want {
				t.Errorf("session %d found = %v, want %v", i, err == nil, want)
			}
		}

		made[1].Begin()
		fourth.Begin()
		if _, err := s.Create(t.Context(), record("alice")); !errors.Is(err, fault.TooMany) {
			t.Errorf("with all busy Create = %v, want too many", err)
		}
		create(t, s, "bob")
	})
}

func TestPerPersonWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(new(mem.KV), Config{PerPerson: 3})
		var made []*Session
		for range 20 {
			made = append(made, create(t, s, "alice"))
			time.Sleep(time.Millisecond)
		}
		for i, of := range made[len(made)-3:] {
			if _, err := s.Find(t.Context(), "alice", of.ID()); err != nil {
				t.Errorf("of the newest three number %d is gone: %v", i, err)
			}
		}
	})
}

func TestSubscriptions(t *testing.T) {
	s := New(new(mem.KV), Config{})
	for _, of := range []*Session{create(t, s, "alice"), s.Volatile(record("alice"))} {
		for _, uri := range []string{"a", "b", "a"} {
			if err := s.Subscribe(t.Context(), of, uri); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Unsubscribe(t.Context(), of, "a"); err != nil {
			t.Fatal(err)
		}
		if got := of.Subscriptions(); !slices.Equal(got, []string{"b"}) {
			t.Errorf("volatile %v: %q", of.Volatile(), got)
		}
	}
}

func TestTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		s := New(kv, Config{})
		made := create(t, s, "alice")
		made.Begin()
		time.Sleep(23 * time.Hour)
		if err := s.Touch(t.Context(), made); err != nil {
			t.Fatal(err)
		}
		made.Done()
		time.Sleep(23 * time.Hour)
		for _, s := range []*Store{s, New(kv, Config{})} {
			if _, err := s.Find(t.Context(), "alice", made.ID()); err != nil {
				t.Errorf("23 hours after it was touched: %v", err)
			}
		}
	})
}

// gone is a store whose medium is gone.
type gone struct{ store.KV }

func (gone) Get(context.Context, string) (store.Item, error) {
	return store.Item{}, fault.New(fault.Unavailable, "The disk is gone.")
}

func TestStoreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		s := New(kv, Config{})
		made := create(t, s, "alice")
		s.table = New(gone{kv}, Config{}).table

		time.Sleep(time.Hour)
		if _, err := s.Find(t.Context(), "alice", made.ID()); err != nil {
			t.Errorf("a session in memory goes on, not with %v", err)
		}
		if err := s.SetLevel(t.Context(), made, "error"); !errors.Is(err, fault.Unavailable) || made.Client().LogLevel != "" {
			t.Errorf("SetLevel = %v, level %q; what is not written does not count", err, made.Client().LogLevel)
		}
		if _, err := New(gone{kv}, Config{}).Find(t.Context(), "alice", made.ID()); !errors.Is(err, fault.Unavailable) {
			t.Errorf("one that must be read = %v, want unavailable", err)
		}
	})
}

func TestRevoke(t *testing.T) {
	s := New(new(mem.KV), Config{})
	made := create(t, s, "alice")
	for handle, row := range s.All(t.Context()) {
		if row.Row.Subject != "alice" {
			t.Errorf("subject = %q", row.Row.Subject)
		}
		if err := s.Revoke(t.Context(), handle); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Find(t.Context(), "alice", made.ID()); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find = %v, want not found", err)
	}
}

func TestVolatile(t *testing.T) {
	kv := new(mem.KV)
	s := New(kv, Config{})
	made := s.Volatile(record("alice"))
	if err := s.SetLevel(t.Context(), made, "debug"); err != nil {
		t.Fatal(err)
	}
	s.SetClient(made, mcp.Client{Revision: mcp.R20241105, Info: jsontext.Value(`{"name":"old"}`)})
	if found, err := s.Find(t.Context(), "alice", made.ID()); err != nil || found.Client().LogLevel != "debug" ||
		found.Client().Revision != mcp.R20241105 || string(found.Client().Info) != `{"name":"old"}` {
		t.Errorf("Find = %v, %v", found, err)
	}
	for handle := range s.All(t.Context()) {
		t.Errorf("%q is in the store", handle)
	}
	if err := s.End(t.Context(), made); err != nil || len(s.live) != 0 {
		t.Errorf("End = %v, %d left", err, len(s.live))
	}
}

// counted counts how often the store is asked.
type counted struct {
	store.KV
	n int
}

func (c *counted) Get(ctx context.Context, key string) (store.Item, error) {
	c.n++
	return c.KV.Get(ctx, key)
}

func TestHotPath(t *testing.T) {
	kv := &counted{KV: new(mem.KV)}
	s := New(kv, Config{})
	made := create(t, s, "alice")
	kv.n = 0
	for range 1000 {
		if _, err := s.Find(t.Context(), "alice", made.ID()); err != nil {
			t.Fatal(err)
		}
	}
	if kv.n != 0 {
		t.Errorf("%d accesses to the store for 1000 requests", kv.n)
	}
}

func TestMemory(t *testing.T) {
	const n = 2000
	before := heap()
	s := New(new(discard), Config{})
	for i := range n {
		create(t, s, fmt.Sprint(i))
	}
	each := (heap() - before) / n
	t.Logf("%d bytes of memory for each idle session", each)
	if each > 4<<10 {
		t.Errorf("an idle session takes %d bytes", each)
	}
	runtime.KeepAlive(s)
}

// discard is a store that holds nothing, for what it holds not to be counted.
type discard struct{ store.KV }

func (*discard) Swap(context.Context, store.Item) error { return nil }

func (*discard) Scan(context.Context, string) iter.Seq2[store.Item, error] {
	return func(func(store.Item, error) bool) {}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkFind(b *testing.B) {
	s := New(new(mem.KV), Config{})
	made, err := s.Create(b.Context(), record("alice"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Find(b.Context(), "alice", made.ID()); err != nil {
			b.Fatal(err)
		}
	}
}
