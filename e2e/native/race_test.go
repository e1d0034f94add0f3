package native

import (
	"testing"

	"gatehouse/e2e/trial"
)

func TestRaces(t *testing.T) {
	t.Parallel()
	trial.Races(t, launch{}.start(t).Site)
}
