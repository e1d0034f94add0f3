package hold

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

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

func TestAClientThatDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		ended := make(chan error, 1)
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			_, err := greet(ctx, req, peer)
			ended <- err
			return mcp.Result{}, err
		}
		start := time.Now()
		_, err := c.Do(t.Context(), call(f, ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, errExpired) {
			t.Errorf("the handler got %v, want %v", err, errExpired)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Minute || len(c.held) != 0 {
			t.Errorf("the call ended after %v, and %d are held", took, len(c.held))
		}
	})
}

func TestAClientThatGoesAway(t *testing.T) {
	for name, more := range map[string]string{"before any question": "first", "after an answer": "then"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCalls()
				ended := make(chan error, 1)
				f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
					if more == "then" {
						greet(ctx, req, peer)
					}
					<-ctx.Done()
					ended <- context.Cause(ctx)
					return mcp.Result{}, ctx.Err()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				again := call(f, "")
				if more == "then" {
					res, err := c.Do(t.Context(), again)
					again = call(nil, mustAsk(t, res, err).with(`{}`))
				}
				if _, err := c.Do(ctx, again); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("err = %v", err)
				}
				if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || len(c.held) != 0 {
					t.Errorf("the handler got %v, and %d are held", err, len(c.held))
				}
			})
		})
	}
}

func TestACallThatWasDroppedIsNotHeldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			<-ctx.Done()
			if _, err := greet(context.WithoutCancel(ctx), req, peer); !errors.Is(err, context.Canceled) {
				t.Errorf("Ask = %v", err)
			}
			return mcp.Result{}, ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Do(ctx, call(f, "")); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		synctest.Wait()
		if len(c.held) != 0 {
			t.Errorf("%d calls are held", len(c.held))
		}
	})
}

func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		c.PerPerson, c.Total = 2, 3
		ask := func(subject string) (asked, error) {
			first := call(greet, "")
			first.Who.Subject = subject
			res, err := c.Do(t.Context(), first)
			if err != nil {
				return asked{}, err
			}
			time.Sleep(time.Second)
			return mustAsk(t, res, nil), nil
		}
		answer := func(a asked) error {
			_, err := c.Do(t.Context(), call(nil, a.with(`{}`)))
			return err
		}
		var mine [3]asked
		for i := range mine {
			var err error
			if mine[i], err = ask(alice.Subject); err != nil {
				t.Fatal(err)
			}
		}
		if len(c.held) != 2 {
			t.Errorf("%d calls of one person are held, want 2", len(c.held))
		}
		if _, err := ask("dev:bob"); err != nil {
			t.Error(err)
		}
		if _, err := ask("dev:carol"); !errors.Is(err, fault.TooMany) {
			t.Errorf("the fourth of all: %v, want %v", err, fault.TooMany)
		}
		if err := answer(mine[0]); !errors.Is(err, errGone) {
			t.Errorf("the oldest: %v, want %v", err, errGone)
		}
		for _, a := range mine[1:] {
			if err := answer(a); err != nil {
				t.Errorf("a newer one: %v", err)
			}
		}
		c.Close()
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	_, err := newCalls().Do(t.Context(), call(func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { panic("the secret") }, ""))
	if !errors.Is(err, fault.Internal) || strings.Contains(mcp.Failure(err).Message, "secret") {
		t.Errorf("err = %v", err)
	}
}

func TestAQuestionMayBeTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			short, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			if _, err := greet(short, req, peer); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("err = %v", err)
			}
			return says("went on without"), nil
		}
		res, err := c.Do(t.Context(), call(f, ""))
		a := mustAsk(t, res, err)
		time.Sleep(2 * time.Minute)
		if res, err = c.Do(t.Context(), call(nil, a.with(`{}`))); err != nil || string(res.Raw) != `{"said":"went on without"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}

// Many clients at once, of which some answer, some go away and some never come
// back, leave nothing behind: the bubble ends only when every goroutine has.
func TestManyClientsLeaveNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		c.Total = 150
		var all sync.WaitGroup
		var answered, refused atomic.Int64
		for n := range 200 {
			all.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				first := call(both, "")
				first.Who.Subject = fmt.Sprint("dev:", n/20)
				res, err := c.Do(ctx, first)
				for round := 1; err == nil && mcp.Member(res.Raw, "requestState") != nil; round++ {
					var a asked
					if err = json.Unmarshal(res.Raw, &a); err != nil {
						break
					}
					again := call(nil, a.again(fmt.Sprintf(`{"question-%d":{}}`, round)))
					again.Who.Subject = first.Who.Subject
					switch n % 4 {
					case 0: // never comes back
						return
					case 1:
						time.AfterFunc(settle/2, cancel) // goes away after its first answer
					}
					res, err = c.Do(ctx, again)
				}
				if err != nil {
					refused.Add(1)
				} else {
					answered.Add(1)
				}
			})
		}
		all.Wait()
		time.Sleep(c.life())
		synctest.Wait()
		if len(c.held) != 0 {
			t.Errorf("%d calls are held", len(c.held))
		}
		if answered.Load() == 0 || refused.Load() == 0 {
			t.Errorf("%d answered and %d refused, want some of each", answered.Load(), refused.Load())
		}
	})
}
