package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// workers is how many clients are at work at the same time.
const workers = 6

// Victim is a running server that can be killed.
type Victim struct {
	Site  road.Site
	Kill  func() // as a power cut would
	Start func() // once it is killed, over what it left, at the same URL

	// Personal returns a new personal token for math. It is nil where nobody
	// can make one.
	Personal func() string
}

// Crash kills the server under load, again and again, and holds it to all that
// it had said.
func Crash(t *testing.T, crashes int, v Victim) {
	t.Helper()
	var all []*holding // what must last through all of the crashes
	var personal []string
	held := make(map[state]int)
	for round := range crashes {
		token := ""
		if v.Personal != nil {
			token = v.Personal()
			personal = append(personal, token)
		}
		found := v.crash(t, round, token)
		v.Start()
		for _, h := range found {
			held[h.state]++
		}
		checkAll(t, v.Site, found)
		for i, h := range found {
			if i%2 == 0 || h.state != redeemed {
				h.checkReplay(t, v.Site)
			} else {
				all = append(all, h)
			}
		}
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
	}

	checkAll(t, v.Site, all)
	for _, h := range all {
		h.checkReplay(t, v.Site)
	}
	for _, token := range personal {
		v.Site.WantSum(t, token, 1, 2)
	}
	t.Logf("%d crashes: %d codes redeemed, %d whose answer was lost, %d kept for later; %d clients held through to the end",
		crashes, held[redeemed], held[asked], held[issued], len(all))
}

// crash works on the server until it kills it, and returns what the clients
// hold then.
func (v Victim) crash(t *testing.T, round int, personal string) []*holding {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var redemptions atomic.Int64
	var wg sync.WaitGroup
	held := make([][]*holding, workers)
	for w := range workers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				h := &holding{person: fmt.Sprintf("person-%d-%d-%d", round, w, n), redemptions: &redemptions}
				err := h.live(ctx, v.Site, personal)
				held[w] = append(held[w], h)
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	awaitLoad(t, &redemptions)
	time.Sleep(rand.N(500 * time.Millisecond))
	v.Kill()
	cancel()
	wg.Wait()
	var all []*holding
	for _, h := range held {
		all = append(all, h...)
	}
	return all
}

// awaitLoad waits until clients have their first tokens, however slow the
// machine is.
func awaitLoad(t *testing.T, redemptions *atomic.Int64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); redemptions.Load() < workers/2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Error("too little is going on to learn anything")
			return
		}
	}
}

// checkAll checks many holdings, a few at a time.
func checkAll(t *testing.T, s road.Site, all []*holding) {
	t.Helper()
	next := make(chan *holding)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for h := range next {
				if err := h.check(t.Context(), s); err != nil {
					t.Errorf("a holding in state %d: %v", h.state, err)
				}
			}
		})
	}
	for _, h := range all {
		next <- h
	}
	close(next)
	wg.Wait()
}
