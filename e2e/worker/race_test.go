package worker

import (
	"testing"

	"gatehouse/e2e/trial"
	"gatehouse/e2e/workerd"
)

func TestRaces(t *testing.T) {
	t.Parallel()
	for name, shards := range map[string]string{"one object": "SHARDS=1", "three objects": "SHARDS=3"} {
		t.Run(name, func(t *testing.T) {
			p := workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), shards)
			trial.Races(t, newSite(p.URL).Site)
		})
	}
}
