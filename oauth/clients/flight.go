package clients

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

const (
	maxFlights  = 16
	failureKept = 30 * time.Second
	maxFailures = 1000
)

// flights makes one fetch of many requests for the same document, and
// remembers for a moment that it failed.
type flights struct {
	mu       sync.Mutex
	going    map[string]*flight
	failures map[string]failure
}

type flight struct {
	done   chan struct{}
	client oauth.Client
	err    error
}

type failure struct {
	err   error
	until time.Time
}

// do returns what load returns, now or a moment ago. The load goes on when the
// request that began it goes away, for the others who wait.
func (f *flights) do(ctx context.Context, id string, now func() time.Time, load func(context.Context) (oauth.Client, error)) (oauth.Client, error) {
	f.mu.Lock()
	if old, ok := f.failures[id]; ok && now().Before(old.until) {
		f.mu.Unlock()
		return oauth.Client{}, old.err
	}
	fl, ok := f.going[id]
	if !ok {
		if len(f.going) >= maxFlights {
			f.mu.Unlock()
			return oauth.Client{}, tooManyFlights()
		}
		fl = f.begin(id)
		go f.run(context.WithoutCancel(ctx), id, fl, now, load)
	}
	f.mu.Unlock()
	select {
	case <-fl.done:
		return fl.client, fl.err
	case <-ctx.Done():
		return oauth.Client{}, ctx.Err()
	}
}

func (f *flights) begin(id string) *flight {
	fl := &flight{done: make(chan struct{})}
	if f.going == nil {
		f.going = make(map[string]*flight)
		f.failures = make(map[string]failure)
	}
	f.going[id] = fl
	return fl
}

func (f *flights) run(ctx context.Context, id string, fl *flight, now func() time.Time, load func(context.Context) (oauth.Client, error)) {
	fl.client, fl.err = load(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.going, id)
	delete(f.failures, id)
	if fl.err != nil {
		if len(f.failures) >= maxFailures {
			clear(f.failures)
		}
		f.failures[id] = failure{fl.err, now().Add(failureKept)}
	}
	close(fl.done)
}

func tooManyFlights() error {
	return fault.New(fault.TooMany, "This server is fetching too many client metadata documents. Try again in a moment.")
}
