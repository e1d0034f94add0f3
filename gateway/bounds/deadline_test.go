package bounds

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// FuzzDeadline has the time of a call be moved, stopped and looked at in any
// order: whoever waits for its end and whoever asks for it hear the same.
func FuzzDeadline(f *testing.F) {
	for _, steps := range []string{"as.", "asa.", "apss.", "as.a.", "d.asssss.", "adsaspsss.as"} {
		f.Add(steps, true)
		f.Add(steps, false)
	}
	f.Fuzz(func(t *testing.T, steps string, waited bool) {
		synctest.Test(t, func(t *testing.T) {
			d := &deadline{parent: t.Context()}
			defer d.end()
			if waited {
				d.Done()
			}
			var until time.Time
			late := func() bool { return !until.IsZero() && !time.Now().Before(until) }
			for at, step := range steps {
				switch step {
				case 'a':
					if d.allow(time.Second); !late() {
						until = time.Now().Add(time.Second)
					}
				case 'p':
					if d.pause(); !late() {
						until = time.Time{}
					}
				case 's':
					time.Sleep(700 * time.Millisecond)
				case 'd':
					d.Done()
				default:
					synctest.Wait()
					if got := d.Err() != nil; got != late() {
						t.Fatalf("at %d of %q: over = %v, want %v", at, steps, got, late())
					}
				}
			}
			synctest.Wait()
			select {
			case <-d.Done():
				if !late() {
					t.Errorf("after %q it is over", steps)
				}
			default:
				if late() {
					t.Errorf("after %q it is not over", steps)
				}
			}
		})
	})
}

func TestTheContextOfACallIsThatOfItsRequest(t *testing.T) {
	type key struct{}
	errGone := errors.New("the client has gone")
	for name, waited := range map[string]bool{"before anybody waits": false, "while somebody does": true} {
		t.Run(name, func(t *testing.T) {
			parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "v"))
			d := &deadline{parent: parent}
			defer d.end()
			if waited {
				d.Done()
			}
			if _, has := d.Deadline(); has || d.Value(key{}) != "v" || d.Err() != nil {
				t.Errorf("deadline %v, value %v, err %v", has, d.Value(key{}), d.Err())
			}
			cancel(errGone)
			<-d.Done()
			if !errors.Is(d.Err(), context.Canceled) || !errors.Is(context.Cause(d), errGone) {
				t.Errorf("it ended with %v, because of %v", d.Err(), context.Cause(d))
			}
		})
	}
}
