package worker

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
)

// TestShardsRace sends the same form to two objects at once: one that says how
// long it is goes to the shard, any other to the directory, which asks the
// shard. What may happen once happens once.
func TestShardsRace(t *testing.T) {
	p := workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), manyShards)
	s := newSite(p.URL)
	client := s.registerWithSecret(t)
	for shard := range 3 {
		v := &visitor{name: nameFor(shard), shard: shard, client: client}
		for range 3 {
			verifier, code := s.approve(t, v, "math")
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {code},
				"redirect_uri": {road.Callback}, "code_verifier": {verifier},
			}
			got := s.race(t, v, form)
			if len(got) != 1 {
				t.Fatalf("a code of shard %d gave tokens %d times", shard, len(got))
			}
			v.tokens = got[0]
			s.expectCall(t, v, http.StatusOK)

			got = s.race(t, v, refreshing(v))
			if len(got) != racers {
				t.Errorf("%d of %d that refreshed in shard %d at once got an answer", len(got), racers, shard)
			}
			for _, other := range got {
				if other != got[0] {
					t.Errorf("a refresh token of shard %d was replaced twice", shard)
				}
				v.tokens = other
			}
			s.expectCall(t, v, http.StatusOK)
		}
	}
}

const racers = 8

// race sends a form many times at once, half of them without its length, and
// returns the tokens of the answers that have some.
func (s site) race(t *testing.T, v *visitor, form url.Values) (got []tokens) {
	t.Helper()
	body := signed(v, form)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			send := s.sendForm
			if i%2 == 1 {
				send = s.sendUnsized
			}
			r := send(t, "/token", body)
			var answer tokens
			if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || r.Status >= 500 {
				t.Errorf("an answer of shard %d is %v", v.shard, r)
			}
			if r.Status == http.StatusOK {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, answer)
			}
		})
	}
	all.Wait()
	return got
}
