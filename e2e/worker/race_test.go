package worker

import (
	"net/http"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/trial"
	"gatehouse/e2e/workerd"
)

func TestRaces(t *testing.T) {
	t.Parallel()
	for name, shards := range map[string]string{"one object": "SHARDS=1", "three objects": "SHARDS=3"} {
		t.Run(name, func(t *testing.T) {
			p := workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), shards)
			trial.Races(t, fresh(p.URL))
		})
	}
}

// fresh is a site to which each request has a connection of its own. workerd
// hangs up on one that was idle for five seconds of its time, and on a machine
// that is busy enough these pass while a request waits to be read.
func fresh(url string) road.Site {
	return road.Over(url, &http.Transport{DisableKeepAlives: true})
}
