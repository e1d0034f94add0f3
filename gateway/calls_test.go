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

	"gatehouse/gateway/bounds"
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

func TestACallThatIsLate(t *testing.T) {
	s := &script{offers: offer(oneTool("add")), does: waits(time.Hour, 50*time.Second)}
	limits := bounds.Limits{Timeout: time.Minute, MaxTime: 90 * time.Second}
	inBubble(t, []Mount{{Name: "slow", Backend: s, Limits: limits}}, func(t *testing.T, g *Gateway) {
		began := time.Now()
		err := callWith(t.Context(), g, mute{})
		if took := time.Since(began); took != limits.MaxTime {
			t.Errorf("it took %v, want %v", took, limits.MaxTime)
		}
		if !errors.Is(err, fault.Unavailable) || fault.Public(err) != `The backend "slow" did not answer in time.` {
			t.Errorf("err = %v, public %q", err, fault.Public(err))
		}
	})
}

func TestOneBackendsCallsAreBounded(t *testing.T) {
	slow := &script{offers: offer(oneTool("add")), does: waits(30*time.Second, time.Hour)}
	quick := &script{offers: offer(oneTool("sub"))}
	inBubble(t, []Mount{
		{Name: "slow", Backend: slow, Limits: bounds.Limits{Concurrency: 2, Queue: 5}}, // of which one person gets three
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

func TestWhatTheBreakerLearns(t *testing.T) {
	const many = 20
	hangUp := fault.Wrap(errors.New("read 10.0.0.7: reset by peer"), fault.Unavailable, "It hung up.")
	late := errors.New("no answer")
	for _, tt := range []struct {
		name  string
		fails error
		by    []identity.Principal
		want  string
		reads string // what the client does of the first
	}{
		{"an answer", nil, nil, "closed", ""},
		{"an answer that is an error", &mcp.Error{Code: mcp.CodeUnavailable, Message: "says the server"}, nil, "closed", ""},
		{"one that cannot be read", errors.New("a result that cannot be read"), nil, "closed", ""},
		{"one that says it does not know that", fault.Wrap(replied{errors.New("400")}, fault.Unavailable, "It does not know that."), nil, "closed", `Backend "m": It does not know that.`},
		{"a failure to reach it", hangUp, nil, "open", `Backend "m": It hung up.`},
		{"one that has no words", fmt.Errorf("%w: no route", fault.Unavailable), nil, "open", `The backend "m" cannot be reached. Try again later.`},
		{"what one person asked is late", late, nil, "closed", `The backend "m" did not answer in time.`},
		{"what two asked is", late, []identity.Principal{bob, alice}, "open", `The backend "m" did not answer in time.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{offers: offer(oneTool("add"))}
			s.does = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
				if errors.Is(tt.fails, late) {
					<-ctx.Done()
				}
				return mcp.Result{Raw: jsontext.Value(`{}`)}, tt.fails
			}
			inBubble(t, []Mount{{Name: "m", Backend: s, Limits: bounds.Limits{Timeout: time.Second}}}, func(t *testing.T, g *Gateway) {
				for i := range many {
					who := alice
					if tt.by != nil {
						who = tt.by[i%len(tt.by)]
					}
					err := callBy(t.Context(), g, who, mute{})
					if (err == nil) != (tt.fails == nil) {
						t.Errorf("err = %v", err)
					}
					if got := fault.Public(err); i == 0 && tt.reads != "" && got != tt.reads {
						t.Errorf("the client reads %q, want %q", got, tt.reads)
					}
				}
				if got := g.Status()[0].Breaker; got != tt.want {
					t.Errorf("the breaker is %s, want %s", got, tt.want)
				}
				if reached := s.calls.Load() == many; reached != (tt.want == "closed") {
					t.Errorf("%d of %d calls reached the backend", s.calls.Load(), many)
				}
			})
		})
	}
}

func TestABackendThatIsBackIsCalled(t *testing.T) {
	var down atomic.Bool
	s := &script{offers: offer(oneTool("add"))}
	s.does = func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
		if down.Load() {
			return mcp.Result{}, fault.New(fault.Unavailable, "It hung up.")
		}
		return mcp.Result{Raw: jsontext.Value(`{}`)}, nil
	}
	inBubble(t, []Mount{{Name: "m", Backend: s}}, func(t *testing.T, g *Gateway) {
		down.Store(true)
		for range 20 {
			callWith(t.Context(), g, mute{})
		}
		err := callWith(t.Context(), g, mute{})
		if got, want := fault.Public(err), `The backend "m" did not answer lately. Try again later.`; got != want {
			t.Errorf("the client reads %q, want %q", got, want)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		for range 2 {
			if err := callWith(t.Context(), g, mute{}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOnePersonDoesNotShutOutAnother(t *testing.T) {
	s := &script{offers: offer(oneTool("add")), does: waits(10*time.Second, time.Hour)}
	limits := bounds.Limits{Concurrency: 2, Queue: 8, Timeout: time.Minute}
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
