package bounds

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

const never = 24 * time.Hour

// client hears all, and takes its time to answer.
type client struct {
	mu    sync.Mutex
	heard []string
	takes time.Duration
}

func (c *client) Notify(_ context.Context, method string, _ jsontext.Value) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, method)
	return nil
}

func (c *client) Ask(ctx context.Context, _ string, params jsontext.Value) (jsontext.Value, error) {
	select {
	case <-time.After(c.takes):
		return params, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// works is what a backend does in a call: it takes so long, and says every so
// often how far it is.
func works(c *Call, takes, every time.Duration) error {
	end := time.After(takes)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return nil
		case <-tick.C:
			if err := c.Notify(c.Context(), mcp.NoteProgress, jsontext.Value(`{}`)); err != nil {
				return err
			}
		case <-c.Context().Done():
			return c.Context().Err()
		}
	}
}

func TestHowLongACallMayTake(t *testing.T) {
	for _, tt := range []struct {
		name        string
		limits      Limits
		takes, tick time.Duration
		ends        time.Duration // when the call is over
		late        bool
	}{
		{"a call in time", Limits{}, 59 * time.Second, never, 59 * time.Second, false},
		{"one that is late", Limits{}, never, never, time.Minute, true},
		{"one that is late by its own limit", Limits{Timeout: time.Second}, never, never, time.Second, true},
		{"progress moves the deadline", Limits{}, 5 * time.Minute, 50 * time.Second, 5 * time.Minute, false},
		{"but not for ever", Limits{}, never, 50 * time.Second, 10 * time.Minute, true},
		{"the longest time is the operator's choice", Limits{MaxTime: 90 * time.Second}, never, 50 * time.Second, 90 * time.Second, true},
		{"progress that stops", Limits{Timeout: 10 * time.Second}, never, 11 * time.Second, 10 * time.Second, true},
		{"no deadline at all", Limits{Timeout: NoTimeout}, never, 50 * time.Minute, never, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := NewGate(tt.limits).Enter(t.Context(), "a", new(client))
				if err != nil {
					t.Fatal(err)
				}
				defer c.End()
				began := time.Now()
				err = works(c, tt.takes, tt.tick)
				if took := time.Since(began); took != tt.ends || (err != nil) != tt.late {
					t.Errorf("it took %v, want %v; err = %v", took, tt.ends, err)
				}
			})
		})
	}
}

func TestTheWaitForAPlaceIsOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Concurrency: 1, Timeout: time.Minute})
		c, err := g.Enter(t.Context(), "a", new(client))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := g.Enter(t.Context(), "a", new(client)); !errors.Is(err, context.Canceled) || time.Since(began) != time.Minute {
			t.Errorf("without a place after %v: %v", time.Since(began), err)
		}
		c.End()
		empty(t, g)
	})
}

func TestACallThatIsOverEndsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Concurrency: 1})
		for range 2 { // the second finds the place of the first
			c, err := g.Enter(t.Context(), "a", new(client))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Context().Err(); err != nil {
				t.Errorf("while it runs: %v", err)
			}
			c.End()
			if err := c.Context().Err(); err == nil {
				t.Error("it goes on")
			}
			<-c.Context().Done()
		}
		empty(t, g)
	})
}

// TestAPersonMayTakeLongerThanTheBackend has calls ask two questions at the
// same time, and more calls run than there are places.
func TestAPersonMayTakeLongerThanTheBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Timeout: time.Minute, Concurrency: 1, Queue: 1})
		call := func(person, backend time.Duration) error {
			c, err := g.Enter(t.Context(), "a", &client{takes: person})
			if err != nil {
				return err
			}
			defer c.End()
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() {
					if answer, err := c.Ask(c.Context(), mcp.MethodElicit, jsontext.Value(`7`)); string(answer) != "7" || err != nil {
						t.Errorf("the answer is %s, %v", answer, err)
					}
				})
			}
			all.Wait()
			return works(c, backend, never)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := call(9*time.Minute, 10*time.Second); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if running, _ := g.Counts(); running != 0 {
			t.Errorf("%d calls take a place, while their clients are asked", running)
		}
		all.Wait()
		if err := call(time.Hour, 2*time.Minute); err == nil {
			t.Error("the deadline does not go on")
		}
		empty(t, g)
	})
}

func TestACallMayEndWhileItAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{})
		c, err := g.Enter(t.Context(), "a", &client{takes: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		asked := make(chan error, 1)
		go func() {
			_, err := c.Ask(t.Context(), mcp.MethodElicit, nil)
			asked <- err
		}()
		synctest.Wait()
		c.End()
		if err := <-asked; err != nil {
			t.Error(err)
		}
		empty(t, g)
	})
}

func TestTheClientHearsWhatTheBackendSays(t *testing.T) {
	peer := new(client)
	c, err := NewGate(Limits{}).Enter(t.Context(), "a", peer)
	if err != nil {
		t.Fatal(err)
	}
	defer c.End()
	for _, method := range []string{mcp.NoteProgress, mcp.NoteMessage} {
		if err := c.Notify(t.Context(), method, nil); err != nil {
			t.Error(err)
		}
	}
	if len(peer.heard) != 2 {
		t.Errorf("heard %q", peer.heard)
	}
}
