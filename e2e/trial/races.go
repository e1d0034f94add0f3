package trial

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// Races has clients do the same thing at the same time.
func Races(t *testing.T, s road.Site) {
	t.Run("one of 50 redemptions of a code gets tokens, and they are good", func(t *testing.T) {
		for range 5 {
			if redemptions(t, s, 50) {
				return
			}
		}
		t.Error("no round of redemptions was over in time")
	})
	t.Run("20 refreshes get one successor, with which every caller can go on, until one is two steps behind", func(t *testing.T) { refreshes(t, s, 20) })
	t.Run("calls at the same time get their own answers", func(t *testing.T) { calls(t, s) })
}

// AtOnce does f n times at the same time.
func AtOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	wg.Wait()
}

// patience is how long a code may come again and be refused with no harm done
// (docs/adr/0005). Later it ends the grant.
const patience = 2 * time.Second

// redemptions reports whether all was over before the tokens that were won
// may be worth nothing again, as they are on a machine that is too busy.
func redemptions(t *testing.T, s road.Site, n int) (inTime bool) {
	t.Helper()
	w := s.Way(s.Registered(t), "math")
	code := w.Approved(t, s.Person("ada"))
	answers := make([]road.Tokens, n)
	began := time.Now()
	AtOnce(n, func(i int) {
		var err error
		if answers[i], err = w.Redeem(t.Context(), code); err != nil {
			t.Error(err)
		}
	})
	var won []road.Tokens
	for _, got := range answers {
		switch {
		case got.Status == http.StatusOK:
			won = append(won, got)
		case got.Status != http.StatusBadRequest || got.Error != "invalid_grant":
			t.Errorf("a loser got %v", got.Reply)
		}
	}
	if len(won) != 1 {
		t.Fatalf("%d redemptions won", len(won))
	}
	if time.Since(began) > patience {
		return false
	}
	s.WantSum(t, won[0].Access, 1, 2)
	if got, err := s.Refresh(t.Context(), w.Client, won[0].Refresh); err != nil || got.Status != http.StatusOK {
		t.Errorf("refresh = %v, %v", got.Reply, err)
	}
	return true
}

func refreshes(t *testing.T, s road.Site, n int) {
	first := s.Connect(t, s.Person("ada"), "math")
	now, answers := first, make([]road.Tokens, n)
	for round := range 3 {
		AtOnce(n, func(i int) {
			var err error
			if answers[i], err = s.Refresh(t.Context(), now.Client, now.Refresh); err != nil {
				t.Error(err)
			}
		})
		for _, got := range answers {
			if got.Status != http.StatusOK || got.Refresh != answers[0].Refresh || got.Access != answers[0].Access {
				t.Fatalf("in round %d one got %v, another %v", round+1, answers[0].Reply, got.Reply)
			}
		}
		s.WantSum(t, answers[0].Access, round, 2)
		now = answers[0]
	}

	// A token that was followed up twice is a stolen one, and ends the grant.
	for _, token := range []string{first.Refresh, now.Refresh} {
		wantSpent(t, s, first.Client, token)
	}
	if r := s.Call(t, now.Access, "add", `{"a":1,"b":2}`); r.Status != http.StatusUnauthorized {
		t.Errorf("a call after the end of the grant = %v", r)
	}
}

// wantSpent makes sure that a refresh token is worth nothing.
func wantSpent(t *testing.T, s road.Site, client, token string) {
	t.Helper()
	got, err := s.Refresh(t.Context(), client, token)
	if err != nil || got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Errorf("a spent refresh token = %v, %v", got.Reply, err)
	}
}

func calls(t *testing.T, s road.Site) {
	token := s.Connect(t, s.Person("ada"), "math").Access
	arguments := func(i int) string { return fmt.Sprintf(`{"a":%d,"b":1000}`, i) }
	dontCross(t, "modern", func(i int) (road.Reply, error) {
		return s.Modern(t.Context(), token, "add", arguments(i))
	})
	one := s.Session(t, token)
	dontCross(t, "one session", func(i int) (road.Reply, error) {
		return s.Legacy(t.Context(), token, one, fmt.Sprint(i), "add", arguments(i))
	})
	// A client counts its requests for itself, so all sessions use the same ids.
	sessions := make([]string, 32)
	for i := range sessions {
		sessions[i] = s.Session(t, token)
	}
	dontCross(t, "many sessions", func(i int) (road.Reply, error) {
		return s.Legacy(t.Context(), token, sessions[i%len(sessions)], fmt.Sprint(i/len(sessions)), "add", arguments(i))
	})
}

// dontCross has 64 callers make ten calls each, all with sums of their own.
func dontCross(t *testing.T, how string, call func(i int) (road.Reply, error)) {
	t.Helper()
	AtOnce(64, func(caller int) {
		for n := range 10 {
			i := caller + 64*n
			if r, err := call(i); err != nil || !r.Adds(i+1000) {
				t.Errorf("%s: call %d = %v, %v", how, i, r, err)
			}
		}
	})
}
