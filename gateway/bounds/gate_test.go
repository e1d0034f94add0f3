package bounds

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// crowd are calls at a gate, each for a second, and the order in which they
// come in.
type crowd struct {
	gate *Gate
	t    *testing.T
	wg   sync.WaitGroup

	mu    sync.Mutex
	order []string
}

func newCrowd(t *testing.T, l Limits) *crowd { return &crowd{gate: NewGate(l), t: t} }

// comes has a call of a person come, which takes a place or a turn.
func (c *crowd) comes(names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.wg.Go(func() {
			person := name[:1]
			if err := c.gate.enter(c.t.Context(), person); err != nil {
				c.t.Errorf("%s: %v", name, err)
				return
			}
			c.mu.Lock()
			c.order = append(c.order, name)
			c.mu.Unlock()
			time.Sleep(time.Second)
			c.gate.leave(person)
		})
		synctest.Wait()
	}
}

func TestTurns(t *testing.T) {
	for _, tt := range []struct {
		name   string
		places int
		come   string // each a call of the person of that letter
		want   string // the order in which they have their places
	}{
		{"one person has all places", 3, "a1 a2 a3", "a1 a2 a3"},
		{"the calls of a person take turns in their order", 1, "a1 a2 a3 a4", "a1 a2 a3 a4"},
		{"persons take turns, however many calls they have", 1, "a1 a2 a3 a4 b1 b2 c1", "a1 a2 b1 c1 a3 b2 a4"},
		{"who has none comes before who has some", 2, "a1 a2 a3 a4 b1 b2", "a1 a2 b1 a3 b2 a4"},
		{"and who has fewer before who has more", 3, "a1 b1 b2 b3 b4 a2 a3", "a1 b1 b2 a2 b3 a3 b4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, Limits{Concurrency: tt.places})
				for _, name := range strings.Fields(tt.come) {
					c.comes(name)
					time.Sleep(time.Millisecond) // so that they end one after another
				}
				c.wg.Wait()
				if got := strings.Join(c.order, " "); got != tt.want {
					t.Errorf("the order is %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestTheQueueHasRoomForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Concurrency: 1, Queue: 16})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		wait := func(person string) bool {
			refused := make(chan bool, 1)
			all.Go(func() {
				err := g.enter(ctx, person)
				refused <- errors.Is(err, ErrFull)
				if err == nil {
					g.leave(person)
				}
			})
			synctest.Wait()
			select {
			case no := <-refused:
				return !no
			default:
				return true
			}
		}
		if err := g.enter(ctx, "alice"); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, person := range []string{"alice", "bob", "carol", "dave", "eve"} {
			n := 0
			for wait(person) {
				n++
			}
			got = append(got, n)
		}
		if want := []int{8, 4, 2, 1, 1}; !slices.Equal(got, want) {
			t.Errorf("of a queue of 16 they get %v, want %v", got, want)
		}
		cancel()
		all.Wait()
		g.leave("alice")
		empty(t, g)
	})
}

func TestACallThatWaitsForNoTurnAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Limits{Concurrency: 1})
		c.comes("a1")
		errGone := errors.New("it went away")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errGone)
		defer cancel()
		gone := make(chan error, 1)
		go func() {
			gone <- c.gate.enter(ctx, "b")
		}()
		synctest.Wait()
		c.comes("a2", "b1")
		if err := <-gone; !errors.Is(err, errGone) {
			t.Errorf("err = %v, want the cause", err)
		}
		c.wg.Wait()
		if got := strings.Join(c.order, " "); got != "a1 b1 a2" {
			t.Errorf("the order is %s", got)
		}
		empty(t, c.gate)
	})
}

// TestAtTheGate has calls come, wait, end and give up at random, and looks at
// the gate at each moment.
func TestAtTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Concurrency: 3, Queue: 20})
		rnd := rand.New(rand.NewPCG(1, 2))
		var all sync.WaitGroup
		var refused, late atomic.Int32
		for range 2000 {
			person := string(rune('a' + rnd.IntN(5)))
			takes, patience := time.Duration(rnd.IntN(40))*time.Millisecond, time.Duration(rnd.IntN(300))*time.Millisecond
			asks := rnd.IntN(8) == 0
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				err := g.enter(ctx, person)
				if errors.Is(err, ErrFull) {
					refused.Add(1)
					return
				}
				if err == nil && asks { // as who waits for an answer
					g.leave(person)
					err = g.wait(ctx, person)
				}
				if err != nil {
					late.Add(1)
					return
				}
				time.Sleep(takes)
				g.leave(person)
			})
			synctest.Wait()
			sound(t, g)
			time.Sleep(time.Duration(rnd.IntN(12)) * time.Millisecond)
		}
		all.Wait()
		empty(t, g)
		if refused.Load() == 0 || late.Load() == 0 {
			t.Errorf("%d were refused and %d gave up: too few to have shown anything", refused.Load(), late.Load())
		}
	})
}

// sound checks what always holds of a gate.
func sound(t *testing.T, g *Gate) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	sum, waiting := 0, 0
	for person, n := range g.has {
		sum += n
		if n <= 0 {
			t.Errorf("%s has %d places", person, n)
		}
	}
	seen := map[string]bool{}
	for _, line := range g.lines {
		waiting += len(line.calls)
		if seen[line.person] || len(line.calls) == 0 {
			t.Errorf("%s has a line twice, or an empty one", line.person)
		}
		seen[line.person] = true
	}
	if g.running > g.limits.Concurrency || g.running != sum || g.queued > g.limits.Queue || g.queued > waiting {
		t.Errorf("%d run of %d, %d by person; %d are queued of %d, and %d wait", g.running, g.limits.Concurrency, sum, g.queued, g.limits.Queue, waiting)
	}
	if waiting > 0 && g.running < g.limits.Concurrency {
		t.Errorf("%d wait though %d of %d places are taken", waiting, g.running, g.limits.Concurrency)
	}
}

// empty checks that nothing is left of the calls at a gate.
func empty(t *testing.T, g *Gate) {
	t.Helper()
	if g.running != 0 || g.queued != 0 || len(g.has) != 0 || len(g.lines) != 0 {
		t.Errorf("left are %d calls, %d in the queue, the places of %v, %d lines", g.running, g.queued, g.has, len(g.lines))
	}
}

func TestAFreePlaceCostsNothing(t *testing.T) {
	g := NewGate(Limits{})
	ctx := t.Context()
	people := make([]string, 50)
	for i := range people {
		people[i] = fmt.Sprintf("dev:%d", i)
	}
	round := func() {
		for _, person := range people {
			if err := g.enter(ctx, person); err != nil {
				t.Fatal(err)
			}
		}
		for _, person := range people {
			g.leave(person)
		}
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations for %d calls", n, len(people))
	}
}
