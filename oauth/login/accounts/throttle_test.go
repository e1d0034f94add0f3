package accounts_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

func TestThrottleByName(t *testing.T) {
	for _, name := range []string{"alice", "nobody"} {
		d, c := directory(t, "alice")
		for range 5 {
			if err := verify(t, d, name, "wrong horse", ""); !denied(err) {
				t.Fatalf("verify = %v, want %v", err, fault.Denied)
			}
		}
		// The wait doubles, up to a minute.
		for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
			if err := verify(t, d, name, "wrong horse", ""); !denied(err) {
				t.Fatalf("before the wait of %d s: verify = %v, want %v", seconds, err, fault.Denied)
			}
			c.pass(time.Duration(seconds)*time.Second - 1)
			err := verify(t, d, name, password, "")
			if !tooMany(err) || !strings.Contains(fault.Public(err), "in 1 s") {
				t.Fatalf("in the wait of %d s: verify = %v, want %v", seconds, err, fault.TooMany)
			}
			c.pass(1)
		}
		if err := verify(t, d, "bob", "wrong horse", ""); !denied(err) {
			t.Errorf("another name: verify = %v, want %v", err, fault.Denied)
		}
	}
}

func TestThrottleForgets(t *testing.T) {
	t.Run("the failures of a name when the person logs in", func(t *testing.T) {
		d, _ := directory(t, "alice")
		for range 3 {
			for range 5 {
				if err := verify(t, d, "alice", "wrong horse", ""); !denied(err) {
					t.Fatal(err)
				}
			}
			// The sixth is right, and takes back the wait that it began.
			if err := verify(t, d, "alice", password, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("the wait when the operator sets a password", func(t *testing.T) {
		d, _ := directory(t, "alice")
		for range 6 {
			verify(t, d, "alice", "wrong horse", "")
		}
		if err := verify(t, d, "alice", password, ""); !tooMany(err) {
			t.Fatalf("verify = %v, want %v", err, fault.TooMany)
		}
		if err := d.SetPassword(t.Context(), "alice", password); err != nil {
			t.Fatal(err)
		}
		if err := verify(t, d, "alice", password, ""); err != nil {
			t.Errorf("verify = %v, want nil", err)
		}
	})
}

func TestThrottleByAddress(t *testing.T) {
	d, c := directory(t, "mallory")
	guess := func(i int) error {
		return verify(t, d, fmt.Sprintf("user%d", i), "wrong horse", "192.0.2.1")
	}
	for i := range 21 {
		if err := guess(i); !denied(err) {
			t.Fatalf("guess %d = %v, want %v", i, err, fault.Denied)
		}
	}
	if err := guess(21); !tooMany(err) {
		t.Errorf("guess from the same address = %v, want %v", err, fault.TooMany)
	}
	if err := verify(t, d, "user22", "wrong horse", "192.0.2.2"); !denied(err) {
		t.Errorf("guess from another address = %v, want %v", err, fault.Denied)
	}
	// A good account of the attacker's own buys no further guesses.
	c.pass(time.Second)
	if err := verify(t, d, "mallory", password, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if err := guess(23); !denied(err) {
		t.Errorf("guess = %v, want %v", err, fault.Denied)
	}
	if err := guess(24); !tooMany(err) {
		t.Errorf("second guess after a login = %v, want %v", err, fault.TooMany)
	}
	c.pass(15 * time.Minute)
	if err := guess(25); !denied(err) {
		t.Errorf("guess after the longest wait = %v, want %v", err, fault.Denied)
	}
}

func TestThrottleCountsBeforeItChecks(t *testing.T) {
	d, _ := directory(t, "alice")
	var checked atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := verify(t, d, "alice", "wrong horse", ""); denied(err) {
				checked.Add(1)
			} else if !tooMany(err) {
				t.Errorf("verify = %v, want %v or %v", err, fault.Denied, fault.TooMany)
			}
		})
	}
	wg.Wait()
	if got := checked.Load(); got != 6 {
		t.Errorf("%d of 50 guesses at once were checked, want 6", got)
	}
}

func TestThrottleKeepsNoNames(t *testing.T) {
	d, _ := directory(t)
	verify(t, d, "hunter2hunter2", "wrong horse", "")
	rows := 0
	for id, result := range d.Throttle.Attempts.All(t.Context(), "") {
		rows++
		if strings.Contains(id, "hunter2") || result.Err != nil {
			t.Errorf("attempts under %q, %v: want no trace of the name", id, result.Err)
		}
	}
	if rows != 1 {
		t.Errorf("%d rows, want 1", rows)
	}
}
