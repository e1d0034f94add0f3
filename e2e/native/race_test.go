package native

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// atOnce does f n times at the same time.
func atOnce(n int, f func(i int)) {
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

func TestRaces(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)

	t.Run("one of 50 redemptions of a code gets tokens, and they are good", func(t *testing.T) {
		client, verifier, code := p.approved(t, "ada")
		answers := make([]tokens, 50)
		atOnce(len(answers), func(i int) {
			var err error
			if answers[i], err = p.redeem(t.Context(), client, verifier, code); err != nil {
				t.Error(err)
			}
		})
		var won []tokens
		for _, got := range answers {
			switch {
			case got.status == http.StatusOK:
				won = append(won, got)
			case got.status != http.StatusBadRequest || got.Error != "invalid_grant":
				t.Errorf("a loser got %v", got.reply)
			}
		}
		if len(won) != 1 {
			t.Fatalf("%d redemptions won", len(won))
		}
		p.wantSum(t, won[0].Access, 1, 2)
		if got, err := p.refresh(t.Context(), client, won[0].Refresh); err != nil || got.status != http.StatusOK {
			t.Errorf("refresh = %v, %v", got.reply, err)
		}
	})

	t.Run("20 refreshes get one successor, with which every caller can go on", func(t *testing.T) {
		client, first := p.connect(t, "ada")
		answers := make([]tokens, 20)
		for n := range 3 {
			atOnce(len(answers), func(i int) {
				var err error
				if answers[i], err = p.refresh(t.Context(), client, first.Refresh); err != nil {
					t.Error(err)
				}
			})
			for _, got := range answers {
				if got.status != http.StatusOK || got.Refresh != answers[0].Refresh || got.Access != answers[0].Access {
					t.Fatalf("in round %d one got %v, another %v", n+1, answers[0].reply, got.reply)
				}
			}
			p.wantSum(t, answers[0].Access, n, 2)
			first = answers[0]
		}
	})

	t.Run("calls at the same time get their own answers", func(t *testing.T) {
		_, got := p.connect(t, "ada")
		p.dontCross(t, "modern", func(i int) (reply, error) {
			return p.modern(t.Context(), got.Access, "add", fmt.Sprintf(`{"a":%d,"b":1000}`, i))
		})
		one := p.session(t, got.Access)
		p.dontCross(t, "one session", func(i int) (reply, error) {
			return p.legacy(t.Context(), got.Access, one, fmt.Sprint(i), "add", fmt.Sprintf(`{"a":%d,"b":1000}`, i))
		})
		// A client counts its requests for itself, so all sessions use the same id.
		sessions := make([]string, 32)
		for i := range sessions {
			sessions[i] = p.session(t, got.Access)
		}
		p.dontCross(t, "many sessions", func(i int) (reply, error) {
			return p.legacy(t.Context(), got.Access, sessions[i%len(sessions)], fmt.Sprint(i/len(sessions)), "add", fmt.Sprintf(`{"a":%d,"b":1000}`, i))
		})
	})
}

// dontCross has 64 callers make ten calls each, all with sums of their own.
func (s site) dontCross(t *testing.T, how string, call func(i int) (reply, error)) {
	t.Helper()
	atOnce(64, func(caller int) {
		for n := range 10 {
			i := caller + 64*n
			if r, err := call(i); err != nil || !adds(r, i+1000) {
				t.Errorf("%s: call %d = %v, %v", how, i, r, err)
			}
		}
	})
}

func (s site) wantSum(t *testing.T, token string, a, b int) {
	t.Helper()
	if r, err := s.modern(t.Context(), token, "add", fmt.Sprintf(`{"a":%d,"b":%d}`, a, b)); err != nil || !adds(r, a+b) {
		t.Errorf("%d + %d = %v, %v", a, b, r, err)
	}
}

func (s site) session(t *testing.T, token string) string {
	t.Helper()
	id, r, err := s.initialize(t.Context(), token)
	if err != nil || len(id) == 0 || strings.ContainsAny(id, " \t") {
		t.Fatalf("initialize = %v, %v", r, err)
	}
	return id
}
