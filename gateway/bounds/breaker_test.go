package bounds

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// happens tells a breaker of calls: "!" did not reach the backend, "." was
// answered, and a letter is that person's, which was late.
func happens(b *Breaker, calls string) {
	for _, c := range calls {
		switch c {
		case '!':
			b.Failed()
		case '.':
			b.Answered()
		default:
			b.TimedOut(string(c))
		}
	}
}

func TestWhatOpensABreaker(t *testing.T) {
	for _, tt := range []struct{ name, calls, want string }{
		{"nothing yet", "", "closed"},
		{"failures in a row", "!!!!!", "open"},
		{"too few of them", "!!!!", "closed"},
		{"with an answer between them", "!!!!.!!!!.!!!!", "closed"},
		{"late calls of one person are that person's affair", strings.Repeat("a", 4*threshold), "closed"},
		{"even if somebody else's was late once", "aaaaabaaaaa", "closed"},
		{"those of two are the backend's", "aabbaba", "open"},
		{"unless it answers meanwhile", "ab.aba", "closed"},
		{"failures count beside those that are late", "aaa!!!!", "open"},
		{"an answer closes it", "!!!!!.", "closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := new(Breaker)
			happens(b, tt.calls)
			if got := b.State(); got != tt.want || b.Lets() != (tt.want == "closed") {
				t.Errorf("after %q it is %s, want %s", tt.calls, got, tt.want)
			}
		})
	}
}

func TestAfterARestOneTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(Breaker)
		for range 3 {
			happens(b, strings.Repeat("!", threshold))
			for _, rest := range []time.Duration{longRest, probeFirst} { // the second, because the first says nothing
				time.Sleep(rest)
				if got := b.State(); got != "half-open" {
					t.Errorf("after %v it is %s", rest, got)
				}
				for i := range 3 {
					if b.Lets() != (i == 0) {
						t.Errorf("call %d tries: %v", i, i != 0)
					}
				}
			}
			happens(b, "!") // it is not back
			if b.Lets() || b.State() != "open" {
				t.Errorf("after a try that failed it is %s", b.State())
			}
			time.Sleep(longRest)
			if !b.Lets() {
				t.Error("nobody tries again")
			}
			happens(b, ".") // it is
			for range 2 {
				if !b.Lets() {
					t.Errorf("after an answer it is %s", b.State())
				}
			}
		}
	})
}

func TestRestsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(Breaker)
		happens(b, strings.Repeat("!", threshold))
		for full := firstRest; full < longRest; full *= 2 {
			time.Sleep(full/2 - time.Millisecond)
			if b.State() != "open" {
				t.Errorf("a rest of %v is over before its half", full)
			}
			time.Sleep(full/2 + time.Millisecond)
			if b.State() != "half-open" {
				t.Errorf("a rest of %v is not over", full)
			}
			happens(b, "!")
		}
	})
}

func TestALateTryKeepsNobodyElseAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(Breaker)
		happens(b, "ababababab")
		time.Sleep(longRest)
		if !b.Lets() {
			t.Error("nobody tries")
		}
		time.Sleep(probeFirst)
		happens(b, "b") // who was the last that was late before, too
		if !b.Lets() {
			t.Error("somebody else is kept away")
		}
	})
}
