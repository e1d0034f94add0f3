package gateway

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

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// crowd are calls at a gate, each for a second, and the order in which they
// come in.
type crowd struct {
	*gate
	t  *testing.T
	wg sync.WaitGroup

	mu    sync.Mutex
	order []string
}

func newCrowd(t *testing.T, l Limits) *crowd { return &crowd{gate: newGate(l), t: t} }

// comes has a call of a person come, which takes a place or a turn.
func (c *crowd) comes(names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.wg.Go(func() {
			person := name[:1]
			if ok, err := c.enter(c.t.Context(), person); !ok || err != nil {
				c.t.Errorf("%s: %v, %v", name, ok, err)
				return
			}
			c.mu.Lock()
			c.order = append(c.order, name)
			c.mu.Unlock()
			time.Sleep(time.Second)
			c.leave(person)
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
		g := newGate(Limits{Concurrency: 1, Queue: 16})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		wait := func(person string) bool {
			refused := make(chan bool, 1)
			all.Go(func() {
				ok, err := g.enter(ctx, person)
				refused <- !ok
				if ok && err == nil {
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
		if ok, err := g.enter(ctx, "alice"); !ok || err != nil {
			t.Fatal(ok, err)
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
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, fault.NotFound)
		defer cancel()
		gone := make(chan error, 1)
		go func() {
			_, err := c.enter(ctx, "b")
			gone <- err
		}()
		synctest.Wait()
		c.comes("a2", "b1")
		if err := <-gone; !errors.Is(err, fault.NotFound) {
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
		g := newGate(Limits{Concurrency: 3, Queue: 20})
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
				ok, err := g.enter(ctx, person)
				if !ok {
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
func sound(t *testing.T, g *gate) {
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
	if g.running > g.places || g.running != sum || g.queued > g.queue || g.queued > waiting {
		t.Errorf("%d run of %d, %d by person; %d are queued of %d, and %d wait", g.running, g.places, sum, g.queued, g.queue, waiting)
	}
	if waiting > 0 && g.running < g.places {
		t.Errorf("%d wait though %d of %d places are taken", waiting, g.running, g.places)
	}
}

// empty checks that nothing is left of the calls at a gate.
func empty(t *testing.T, g *gate) {
	t.Helper()
	if g.running != 0 || g.queued != 0 || len(g.has) != 0 || len(g.lines) != 0 {
		t.Errorf("left are %d calls, %d in the queue, the places of %v, %d lines", g.running, g.queued, g.has, len(g.lines))
	}
}

func TestAFreePlaceCostsNothing(t *testing.T) {
	g := newGate(Limits{})
	ctx := t.Context()
	people := make([]string, 50)
	for i := range people {
		people[i] = fmt.Sprintf("dev:%d", i)
	}
	round := func() {
		for _, person := range people {
			if ok, err := g.enter(ctx, person); !ok || err != nil {
				t.Fatal(ok, err)
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

func TestOnePersonDoesNotShutOutAnother(t *testing.T) {
	s := &script{offers: offer(oneTool("add")), does: waits(10*time.Second, time.Hour)}
	limits := Limits{Concurrency: 2, Queue: 8, Timeout: time.Minute}
	inBubble(t, []Mount{{Name: "slow", Backend: s, Limits: limits}}, func(t *testing.T, g *Gateway) {
		var all sync.WaitGroup
		for range 2 + 4 {
			all.Go(func() {
				if err := callWith(t.Context(), g, mute{}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := callWith(t.Context(), g, mute{}); !errors.Is(err, fault.TooMany) {
			t.Errorf("one call too many of one person: %v", err)
		}
		began := time.Now()
		if _, err := g.Call(t.Context(), bob, &mcp.Request{
			Method: mcp.MethodToolsCall, Params: []byte(`{"name":"add"}`), Client: new(mcp.Client),
		}, mute{}); err != nil {
			t.Errorf("a call of somebody else: %v", err)
		}
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("it took %v, want the first place that gets free", took)
		}
		all.Wait()
	})
}
