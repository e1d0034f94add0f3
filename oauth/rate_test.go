package oauth

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Rate{Max: 2, Window: time.Hour, Now: time.Now}
		for i, want := range []bool{true, true, false, false} {
			if got := l.Allow("a"); got != want {
				t.Errorf("event %d allowed = %v, want %v", i+1, got, want)
			}
		}
		if !l.Reached("a") || l.Reached("b") || !l.Allow("b") {
			t.Error("keys are not counted apart")
		}
		time.Sleep(time.Hour)
		if l.Reached("a") || !l.Allow("a") {
			t.Error("the window did not end")
		}
		l.Allow("a")
		l.Forget("a")
		if l.Reached("a") {
			t.Error("a forgotten key is at its limit")
		}
	})
}

func TestRateKeepsItsMemoryBounded(t *testing.T) {
	l := &Rate{Max: 1, Window: time.Hour, Now: time.Now}
	for i := range maxKeys + 100 {
		l.Allow(strconv.Itoa(i))
	}
	if len(l.counts) > maxKeys {
		t.Errorf("%d keys are kept", len(l.counts))
	}
}

func TestRateWithoutLimit(t *testing.T) {
	l := &Rate{Now: time.Now}
	for range 100 {
		if !l.Allow("a") || l.Reached("a") {
			t.Fatal("there is a limit")
		}
	}
}
