package session

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
	"gatehouse/store/mem"
)

// slow is a store that takes its time to write.
type slow struct {
	mem.KV
	takes time.Duration
}

func (k *slow) Swap(ctx context.Context, next store.Item) error {
	time.Sleep(k.takes)
	return k.KV.Swap(ctx, next)
}

func TestCreateAtOnce(t *testing.T) {
	t.Run("those who come at the same time keep to the bound", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := New(&slow{takes: time.Millisecond}, Config{PerPerson: 4})
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if _, err := s.Create(t.Context(), record("alice")); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			n := 0
			for range s.All(t.Context()) {
				n++
			}
			if n != 4 {
				t.Errorf("alice has %d sessions, want 4", n)
			}
			if len(s.opening.taken) > 0 {
				t.Errorf("%d turns were not ended", len(s.opening.taken))
			}
		})
	})

	t.Run("nobody waits for others, nor for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := New(&slow{takes: longestTurn + time.Second}, Config{})
			began := time.Now()
			var wg sync.WaitGroup
			for _, who := range []string{"alice", "bob"} {
				wg.Go(func() { create(t, s, who) })
			}
			synctest.Wait()
			if _, err := s.Create(t.Context(), record("alice")); !errors.Is(err, fault.TooMany) || time.Since(began) != longestTurn {
				t.Errorf("Create = %v after %v, want too many", err, time.Since(began))
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := s.Create(ctx, record("alice")); !errors.Is(err, context.Canceled) {
				t.Errorf("Create for a client that is gone = %v", err)
			}
			wg.Wait()
			if took := time.Since(began); took > longestTurn+2*time.Second {
				t.Errorf("alice or bob waited for the other: %v", took)
			}
		})
	})
}
