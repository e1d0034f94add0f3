//go:build js && wasm

package worker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"syscall/js"
	"time"

	"gatehouse/internal/jsrt"
	"gatehouse/store/durableobject"
)

// varSweep is a variable: how long what has expired may stay, such as 1h.
const varSweep = "SWEEP_AFTER"

// sweeper removes what has expired, in alarms of the object. An object that
// nobody asks is woken only while there is something that will expire.
type sweeper struct {
	kv      *durableobject.KV
	storage js.Value
	after   time.Duration // how long what has expired may stay
	set     bool          // there is an alarm, or one is being set
}

func newSweeper(kv *durableobject.KV, storage js.Value, after string) (*sweeper, error) {
	d, err := time.ParseDuration(cmp.Or(after, "1h"))
	if err != nil || d < time.Second {
		return nil, fmt.Errorf("%s: %q is no duration of a second or more; write one like 1h", varSweep, after)
	}
	return &sweeper{kv: kv, storage: storage, after: d}, nil
}

// expect makes sure that there is an alarm, for the request that has come may
// write what expires.
func (s *sweeper) expect() {
	if s.set {
		return
	}
	s.set = true
	go func() {
		at, err := jsrt.Await(context.Background(), s.storage.Call("getAlarm"))
		if err == nil && at.IsNull() {
			err = s.wake(time.Now().Add(s.after))
		}
		s.noted(err)
	}()
}

// sweep answers an alarm, and calls done.
func (s *sweeper) sweep(done js.Value) {
	defer done.Invoke()
	_, next, err := s.kv.Sweep(context.Background())
	now := time.Now()
	switch {
	case err != nil:
		s.noted(err)
		next = now.Add(s.after)
	case next.IsZero():
		s.set = false
		return
	case next.After(now):
		next = next.Add(s.after) // with others that expire meanwhile
	}
	s.set = true
	s.noted(s.wake(next))
}

func (s *sweeper) wake(at time.Time) error {
	_, err := jsrt.Await(context.Background(), s.storage.Call("setAlarm", at.UnixMilli()))
	return err
}

// noted logs a failure. What has expired is absent all the same.
func (s *sweeper) noted(err error) {
	if err != nil {
		s.set = false // the next request tries again
		slog.Warn("expired records stay for now", "err", err)
	}
}
