package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/fault"
)

// shelf is a sink that keeps the targets of its events.
type shelf struct {
	mu      sync.Mutex
	targets []string
	batches int
	fail    error
	takes   time.Duration
	closed  bool
}

func (s *shelf) Write(events []audit.Event) error {
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.batches++
	for _, ev := range events {
		s.targets = append(s.targets, ev.Target)
	}
	return nil
}

func (s *shelf) Close() error { s.closed = true; return nil }

func (s *shelf) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *shelf) want(t *testing.T, batches int, targets ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.targets, targets) || s.batches != batches {
		t.Errorf("sink has %q in %d batches, want %q in %d", s.targets, s.batches, targets, batches)
	}
}

// within runs the test with a recorder in a bubble.
func within(t *testing.T, o audit.Options, test func(t *testing.T, s *shelf, r *audit.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := new(shelf)
		r := audit.NewRecorder(s, o)
		defer r.Close(context.Background())
		test(t, s, r)
	})
}

func record(t *testing.T, r *audit.Recorder, targets ...string) {
	t.Helper()
	for _, target := range targets {
		if err := r.Record(t.Context(), audit.Event{Target: target}); err != nil {
			t.Fatalf("record %q = %v", target, err)
		}
	}
}

func refuses(t *testing.T, r *audit.Recorder, phase audit.Phase) {
	t.Helper()
	if err := r.Record(t.Context(), audit.Event{Phase: phase, Target: "refused"}); !errors.Is(err, fault.Unavailable) {
		t.Errorf("record = %v, want %v", err, fault.Unavailable)
	}
}

func TestBatches(t *testing.T) {
	o := audit.Options{Batch: 3, Delay: time.Second}
	within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
		record(t, r, "a", "b")
		time.Sleep(time.Second - 1)
		synctest.Wait()
		s.want(t, 0)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		s.want(t, 1, "a", "b")

		record(t, r, "c", "d", "e") // a batch does not wait
		synctest.Wait()
		s.want(t, 2, "a", "b", "c", "d", "e")

		record(t, r, "f")
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("close = %v", err)
		}
		s.want(t, 3, "a", "b", "c", "d", "e", "f")
		if !s.closed {
			t.Error("the sink is open")
		}
		refuses(t, r, audit.Done)
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("second close = %v", err)
		}
	})
}

func TestFailingSinkStopsCalls(t *testing.T) {
	o := audit.Options{Delay: time.Second, Retry: 10 * time.Second}
	within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
		full := errors.New("disk full")
		s.setFail(full)
		record(t, r, "a") // nobody knows yet
		time.Sleep(2 * time.Second)
		for _, phase := range []audit.Phase{audit.Started, ""} {
			refuses(t, r, phase)
		}
		if err := r.Record(t.Context(), audit.Event{}); !errors.Is(err, full) {
			t.Errorf("record = %v, want the cause %v", err, full)
		}
		// What has happened is kept for better times.
		if err := r.Record(t.Context(), audit.Event{Phase: audit.Done, Target: "b"}); err != nil {
			t.Errorf("record of what is done = %v, want nil", err)
		}
		s.setFail(nil)
		time.Sleep(12 * time.Second)
		s.want(t, 2, "a", "b")
		record(t, r, "c")
		time.Sleep(2 * time.Second)
		s.want(t, 3, "a", "b", "c")
	})
}

func TestCloseTellsWhatIsLost(t *testing.T) {
	within(t, audit.Options{}, func(t *testing.T, s *shelf, r *audit.Recorder) {
		s.setFail(errors.New("disk full"))
		record(t, r, "a")
		time.Sleep(time.Minute)
		if err := r.Close(t.Context()); !errors.Is(err, s.fail) || !s.closed {
			t.Errorf("close = %v with the sink closed %v, want %v", err, s.closed, s.fail)
		}
	})
}

func TestCloseWaitsNoLongerThanItMay(t *testing.T) {
	within(t, audit.Options{}, func(t *testing.T, s *shelf, r *audit.Recorder) {
		s.takes = time.Hour
		record(t, r, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, fault.Unavailable) {
			t.Errorf("close = %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestSlowSink(t *testing.T) {
	o := audit.Options{Batch: 2, Buffer: 2, Wait: time.Second}
	t.Run("who comes to a full buffer waits for room", func(t *testing.T) {
		within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
			s.takes = 900 * time.Millisecond
			record(t, r, "a", "b")
			synctest.Wait() // these two are on their way
			record(t, r, "c", "d")
			began := time.Now()
			record(t, r, "e")
			if got := time.Since(began); got != s.takes {
				t.Errorf("waited %v, want %v", got, s.takes)
			}
			time.Sleep(time.Minute)
			s.want(t, 3, "a", "b", "c", "d", "e")
		})
	})
	t.Run("but not for ever", func(t *testing.T) {
		within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
			s.takes = time.Minute
			record(t, r, "a", "b")
			synctest.Wait()
			record(t, r, "c", "d")
			began := time.Now()
			refuses(t, r, audit.Done)
			if got := time.Since(began); got != time.Second {
				t.Errorf("waited %v, want 1s", got)
			}
			time.Sleep(time.Hour)
			s.want(t, 2, "a", "b", "c", "d")
		})
	})
	t.Run("nor longer than its own context", func(t *testing.T) {
		within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
			s.takes = time.Minute
			record(t, r, "a", "b")
			synctest.Wait()
			record(t, r, "c", "d")
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if err := r.Record(ctx, audit.Event{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("record = %v, want %v", err, context.DeadlineExceeded)
			}
		})
	})
	t.Run("and hears at once that the sink failed", func(t *testing.T) {
		within(t, o, func(t *testing.T, s *shelf, r *audit.Recorder) {
			s.takes, s.fail = time.Millisecond, errors.New("disk full")
			record(t, r, "a", "b")
			synctest.Wait()
			record(t, r, "c", "d")
			began := time.Now()
			refuses(t, r, audit.Started)
			if got := time.Since(began); got != s.takes {
				t.Errorf("waited %v, want %v", got, s.takes)
			}
		})
	})
}

func TestNothingIsLostOrDoubledUnderLoad(t *testing.T) {
	s := new(shelf)
	r := audit.NewRecorder(s, audit.Options{Batch: 7, Buffer: 20, Delay: time.Millisecond, Wait: time.Minute})
	var want []string
	for i := range 2000 {
		want = append(want, fmt.Sprintf("%04d", i))
	}
	var wg sync.WaitGroup
	for part := range slices.Chunk(want, 100) {
		wg.Go(func() {
			for _, target := range part {
				if err := r.Record(t.Context(), audit.Event{Target: target}); err != nil {
					t.Errorf("record = %v", err)
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.targets)
	if !slices.Equal(s.targets, want) {
		t.Errorf("sink has %d events, want %d, each once", len(s.targets), len(want))
	}
}
