package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/e2e/road"
)

// state is how far the code of a holding has come.
type state int

const (
	nothing  state = iota
	issued         // there is a code
	asked          // its redemption was asked for, and the answer never came
	redeemed       // the answer came
)

// holding is what one client holds: what the server has acknowledged.
type holding struct {
	person  string
	way     road.Way
	code    string
	state   state
	access  []string
	refresh string   // the newest
	spent   []string // older ones
	session string

	redemptions *atomic.Int64 // that were answered, of all clients
}

// live goes on until the server does not answer, which is no failure. An
// answer that refuses is one.
func (h *holding) live(ctx context.Context, s road.Site, personal string) error {
	client, r, err := s.Register(ctx)
	if err != nil {
		return nil
	}
	if client == "" {
		return fmt.Errorf("register = %v", r)
	}
	h.way = s.Way(client, "math")
	code, err := h.way.Approve(ctx, s.Person(h.person))
	if err != nil {
		return nil
	}
	h.code, h.state = code, issued
	if rand.N(8) == 0 {
		return nil // leaves the code for later
	}
	h.state = asked
	got, err := h.way.Redeem(ctx, code)
	if err != nil {
		return nil
	}
	if got.Status != http.StatusOK {
		return fmt.Errorf("redeem = %v", got.Reply)
	}
	h.state = redeemed
	h.hold(got)
	h.redemptions.Add(1)
	return h.work(ctx, s, personal)
}

func (h *holding) hold(got road.Tokens) {
	h.access = append(h.access, got.Access)
	if h.refresh != "" {
		h.spent = append(h.spent, h.refresh)
	}
	h.refresh = got.Refresh
}

// work opens a session, refreshes and calls, with the personal token as well
// if there is one.
func (h *holding) work(ctx context.Context, s road.Site, personal string) error {
	session, r, err := s.Initialize(ctx, h.access[0])
	if err != nil {
		return nil
	}
	if session == "" {
		return fmt.Errorf("initialize = %v", r)
	}
	h.session = session
	for n := range 3 {
		got, err := s.Refresh(ctx, h.way.Client, h.refresh)
		if err != nil {
			return nil
		}
		if got.Status != http.StatusOK {
			return fmt.Errorf("refresh = %v", got.Reply)
		}
		h.hold(got)
		for _, token := range []string{got.Access, cmp.Or(personal, got.Access)} {
			r, err := s.Modern(ctx, token, "add", fmt.Sprintf(`{"a":%d,"b":1}`, n))
			if err != nil {
				return nil
			}
			if !r.Adds(n + 1) {
				return fmt.Errorf("call = %v", r)
			}
		}
	}
	return nil
}

// check finds out whether the server still knows all that it acknowledged.
func (h *holding) check(ctx context.Context, s road.Site) error {
	if h.way.Client == "" {
		return nil
	}
	r, err := s.Way(h.way.Client, "math").Knock(ctx)
	if err != nil || r.Status != http.StatusSeeOther {
		return failure("the client is gone", r, err)
	}
	switch h.state {
	case issued:
		got, err := h.way.Redeem(ctx, h.code)
		if err != nil || got.Status != http.StatusOK {
			return failure("the code is gone", got.Reply, err)
		}
		h.hold(got)
		h.state = redeemed
		return h.checkTokens(ctx, s)
	case asked:
		return h.checkLost(ctx, s)
	case redeemed:
		return h.checkTokens(ctx, s)
	}
	return nil
}

// checkLost asks again, several times at once, for the tokens that may have
// been lost on the way: they can be had once more or not at all.
func (h *holding) checkLost(ctx context.Context, s road.Site) error {
	var wg sync.WaitGroup
	answers := make([]road.Tokens, 3)
	for i := range answers {
		wg.Go(func() { answers[i], _ = h.way.Redeem(ctx, h.code) })
	}
	wg.Wait()
	for _, got := range answers {
		switch {
		case got.Status == http.StatusOK && h.state == redeemed:
			return fmt.Errorf("the code was redeemed twice: %v", got.Reply)
		case got.Status == http.StatusOK:
			h.hold(got)
			h.state = redeemed
		case got.Status != http.StatusBadRequest || got.Error != "invalid_grant":
			return fmt.Errorf("a lost code = %v", got.Reply)
		}
	}
	if h.state == redeemed {
		return h.checkTokens(ctx, s)
	}
	return nil
}

func (h *holding) checkTokens(ctx context.Context, s road.Site) error {
	for i, token := range h.access {
		if r, err := s.Modern(ctx, token, "add", `{"a":20,"b":3}`); err != nil || !r.Adds(23) {
			return failure(fmt.Sprintf("access token %d of %d is gone", i+1, len(h.access)), r, err)
		}
	}
	if h.session != "" {
		if r, err := s.Legacy(ctx, h.access[0], h.session, "1", "add", `{"a":20,"b":4}`); err != nil || !r.Adds(24) {
			return failure("the session is gone", r, err)
		}
	}
	// If the answer to a refresh was lost in the crash, the token that got it
	// gets that answer now; and so it does a second time.
	first, err := s.Refresh(ctx, h.way.Client, h.refresh)
	if err != nil || first.Status != http.StatusOK {
		return failure("the refresh token is gone", first.Reply, err)
	}
	again, err := s.Refresh(ctx, h.way.Client, h.refresh)
	if err != nil || again.Refresh != first.Refresh || again.Access != first.Access {
		return failure(fmt.Sprintf("the refresh token got %v first, and now", first.Reply), again.Reply, err)
	}
	h.hold(first)
	return nil
}

// failure says what is wrong, and shows the answer or why there is none.
func failure(what string, r road.Reply, err error) error {
	return errors.Join(fmt.Errorf("%s: %v", what, r), err)
}

// checkReplay shows that what was used stays used: the code, and a refresh
// token that was followed up twice. It ends the grant.
func (h *holding) checkReplay(t *testing.T, s road.Site) {
	t.Helper()
	if h.state != redeemed {
		return
	}
	got, err := h.way.Redeem(t.Context(), h.code)
	if err != nil || got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Errorf("a code that was used = %v, %v", got.Reply, err)
	}
	if len(h.spent) > 1 {
		wantSpent(t, s, h.way.Client, h.spent[0])
	}
}
