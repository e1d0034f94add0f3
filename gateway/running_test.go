package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// waits is a call that goes on for a time, unless its context ends.
func waits(d time.Duration, every time.Duration) func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
		end := time.After(d)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
			case <-tick.C:
				if err := peer.Notify(ctx, mcp.NoteProgress, jsontext.Value(`{}`)); err != nil {
					return mcp.Result{}, err
				}
			case <-ctx.Done():
				return mcp.Result{}, ctx.Err()
			}
		}
	}
}

func callWith(ctx context.Context, g *Gateway, peer mcp.Peer) error {
	return callBy(ctx, g, alice, peer)
}

func callBy(ctx context.Context, g *Gateway, who identity.Principal, peer mcp.Peer) error {
	_, err := g.Call(ctx, who, &mcp.Request{
		Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"add"}`), Client: new(mcp.Client),
	}, peer)
	return err
}

func TestDeadline(t *testing.T) {
	const never = 24 * time.Hour
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
		{"no deadline at all", Limits{Timeout: NoTimeout}, never, never, never, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{offers: offer(oneTool("add")), does: waits(tt.takes, tt.tick)}
			inBubble(t, []Mount{{Name: "slow", Backend: s, Limits: tt.limits}}, func(t *testing.T, g *Gateway) {
				began := time.Now()
				err := callWith(t.Context(), g, mute{})
				if took := time.Since(began); took != tt.ends {
					t.Errorf("it took %v, want %v", took, tt.ends)
				}
				if (err != nil) != tt.late {
					t.Errorf("err = %v", err)
				}
				if tt.late && (!errors.Is(err, fault.Unavailable) || fault.Public(err) != `The backend "slow" did not answer in time.`) {
					t.Errorf("err = %v, public %q", err, fault.Public(err))
				}
			})
		})
	}
}

// patient is a client that takes its time to answer.
type patient struct {
	mute
	takes time.Duration
}

func (p patient) Ask(ctx context.Context, _ string, _ jsontext.Value) (jsontext.Value, error) {
	select {
	case <-time.After(p.takes):
		return jsontext.Value(`{}`), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestAPersonMayTakeLongerThanTheBackend(t *testing.T) {
	s := &script{offers: offer(oneTool("add"))}
	after := make(chan time.Duration, 3)
	s.does = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
		var all sync.WaitGroup
		for range 2 { // at the same time
			all.Go(func() {
				if _, err := peer.Ask(ctx, mcp.MethodElicit, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		return waits(<-after, 24*time.Hour)(ctx, req, peer)
	}
	limits := Limits{Timeout: time.Minute, Concurrency: 1, Queue: 1}
	inBubble(t, []Mount{{Name: "asks", Backend: s, Limits: limits}}, func(t *testing.T, g *Gateway) {
		var all sync.WaitGroup
		for range 3 { // though there is one place only
			after <- 10 * time.Second
		}
		for range 3 {
			all.Go(func() {
				if err := callWith(t.Context(), g, patient{takes: 9 * time.Minute}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if got := g.Status()[0]; got.Running != 0 {
			t.Errorf("%d calls take a place, while their clients are asked", got.Running)
		}
		all.Wait()
		after <- 2 * time.Minute
		if err := callWith(t.Context(), g, patient{takes: time.Hour}); !errors.Is(err, fault.Unavailable) {
			t.Errorf("the deadline does not go on: %v", err)
		}
		if got := g.Status()[0]; got.Running != 0 || got.Waiting != 0 {
			t.Errorf("at the end %d run and %d wait", got.Running, got.Waiting)
		}
	})
}

func TestOneBackendsCallsAreBounded(t *testing.T) {
	slow := &script{offers: offer(oneTool("add")), does: waits(30*time.Second, time.Hour)}
	quick := &script{offers: offer(oneTool("sub"))}
	inBubble(t, []Mount{
		{Name: "slow", Backend: slow, Limits: Limits{Concurrency: 2, Queue: 5}}, // of which one person gets three
		{Name: "quick", Backend: quick},
	}, func(t *testing.T, g *Gateway) {
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := callWith(t.Context(), g, mute{}); err != nil && !strings.Contains(fault.Public(err), "did not answer in time") {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := g.Status()[0]; got.Running != 2 || got.Waiting != 3 {
			t.Errorf("%d run and %d wait, want 2 and 3", got.Running, got.Waiting)
		}
		began := time.Now()
		if err := callWith(t.Context(), g, mute{}); !errors.Is(err, fault.TooMany) {
			t.Errorf("one call too many: %v", err)
		}
		if _, err := call(t, g, alice, "tools/call", `{"name":"sub"}`); err != nil {
			t.Errorf("a call of another backend: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v to say so", took)
		}
		all.Wait()
		if err := callWith(ctx, g, mute{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a client that is gone: %v", err)
		}
		if got := g.Status()[0]; got.Running != 0 || got.Waiting != 0 || got.Breaker != "closed" {
			t.Errorf("at the end: %+v", got)
		}
	})
}

// replied is a failure of a backend that was reached.
type replied struct{ error }

func (replied) Answered() bool { return true }

func TestBreaker(t *testing.T) {
	fail := fault.Wrap(errors.New("read 10.0.0.7: reset by peer"), fault.Unavailable, "It hung up.")
	var answer error
	s := &script{offers: offer(oneTool("add"))}
	s.does = func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
		return mcp.Result{Raw: jsontext.Value(`{}`)}, answer
	}
	inBubble(t, []Mount{{Name: "sick", Backend: s}}, func(t *testing.T, g *Gateway) {
		calls := func(n int, with error) (err error) {
			answer = with
			for range n {
				err = callWith(t.Context(), g, mute{})
			}
			return err
		}
		state := func() string { return g.Status()[0].Breaker }
		for range 3 {
			calls(threshold-1, fail)
			calls(1, &mcp.Error{Code: mcp.CodeInternal, Message: "it answers, after all"})
		}
		calls(2*threshold, &mcp.Error{Code: mcp.CodeUnavailable, Message: "says the server"})
		calls(2*threshold, errors.New("a result that cannot be read"))
		calls(2*threshold, fault.Wrap(replied{errors.New("400")}, fault.Unavailable, "It does not know that."))
		if got := state(); got != "closed" {
			t.Errorf("the breaker is %s, of a backend that answers", got)
		}

		err := calls(threshold, fail)
		if got, want := fault.Public(err), `Backend "sick": It hung up.`; got != want {
			t.Errorf("the client reads %q, want %q", got, want)
		}
		before := s.calls.Load()
		err = calls(100, nil)
		if !errors.Is(err, fault.Unavailable) || s.calls.Load() != before || state() != "open" {
			t.Errorf("err = %v, %d calls more, breaker %s", err, s.calls.Load()-before, state())
		}

		time.Sleep(firstRest)
		if got := state(); got != "half-open" {
			t.Errorf("the breaker is %s after a rest", got)
		}
		calls(10, fail)
		if n := s.calls.Load() - before; n != 1 || state() != "open" {
			t.Errorf("%d calls tried, breaker %s", n, state())
		}
		time.Sleep(longRest)
		if err := calls(2, nil); err != nil || state() != "closed" {
			t.Errorf("the backend is back: %v, breaker %s", err, state())
		}
	})
}

func TestOnlyOneProbes(t *testing.T) {
	s := &script{offers: offer(oneTool("add"))}
	s.does = waits(time.Hour, 24*time.Hour)
	inBubble(t, []Mount{{Name: "hung", Backend: s, Limits: Limits{Timeout: 5 * time.Second}}}, func(t *testing.T, g *Gateway) {
		var all sync.WaitGroup
		for i := range threshold {
			somebody := identity.Principal{Subject: fmt.Sprint("dev:", i)}
			all.Go(func() { callBy(t.Context(), g, somebody, mute{}) })
		}
		all.Wait()
		time.Sleep(longRest)
		before := s.calls.Load()
		for range 20 {
			all.Go(func() { callWith(t.Context(), g, mute{}) })
		}
		all.Wait()
		if n := s.calls.Load() - before; n != 1 {
			t.Errorf("%d calls tried whether the backend is back", n)
		}
	})
}

func TestWhoseCallsAreLate(t *testing.T) {
	const late, unreached, answered = time.Hour, -1, 0
	type step struct {
		who   identity.Principal
		does  time.Duration // late, unreached or answered
		times int
	}
	for _, tt := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"those of one person are that person's affair", []step{{alice, late, 4 * threshold}}, "closed"},
		{"even if somebody else's was late once", []step{{alice, late, threshold}, {bob, late, 1}, {alice, late, threshold}}, "closed"},
		{"those of two are the backend's", []step{{alice, late, 2}, {bob, late, 2}, {alice, late, 1}, {bob, late, 1}, {alice, late, 1}}, "open"},
		{"unless it answers meanwhile", []step{{alice, late, 1}, {bob, late, 1}, {alice, answered, 1}, {alice, late, 1}, {bob, late, 1}, {alice, late, 1}}, "closed"},
		{"one that cannot be reached is so for all", []step{{alice, unreached, threshold}}, "open"},
		{"that counts beside those that are late", []step{{alice, late, 3}, {alice, unreached, threshold - 1}}, "open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var does time.Duration
			s := &script{offers: offer(oneTool("add"))}
			s.does = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
				if does == unreached {
					return mcp.Result{}, fault.New(fault.Unavailable, "It hung up.")
				}
				return waits(does, 24*time.Hour)(ctx, req, peer)
			}
			inBubble(t, []Mount{{Name: "m", Backend: s, Limits: Limits{Timeout: time.Second}}}, func(t *testing.T, g *Gateway) {
				for _, step := range tt.steps {
					for range step.times {
						does = step.does
						if err := callBy(t.Context(), g, step.who, mute{}); (err == nil) != (does == answered) {
							t.Errorf("err = %v", err)
						}
					}
				}
				if got := g.Status()[0].Breaker; got != tt.want {
					t.Errorf("the breaker is %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestALateProbeKeepsNobodyElseAway(t *testing.T) {
	var hangs atomic.Bool
	s := &script{offers: offer(oneTool("add"))}
	s.does = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
		if hangs.Load() {
			return waits(time.Hour, 24*time.Hour)(ctx, req, peer)
		}
		return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
	}
	inBubble(t, []Mount{{Name: "m", Backend: s, Limits: Limits{Timeout: probeFirst}}}, func(t *testing.T, g *Gateway) {
		hangs.Store(true)
		for range threshold {
			callBy(t.Context(), g, alice, mute{}) // also the last before it opens
			callBy(t.Context(), g, bob, mute{})
		}
		time.Sleep(longRest)
		before := s.calls.Load()
		if callBy(t.Context(), g, alice, mute{}); s.calls.Load() != before+1 {
			t.Error("nobody tried")
		}
		hangs.Store(false)
		if err := callBy(t.Context(), g, bob, mute{}); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}
