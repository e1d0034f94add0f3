package production

import (
	"testing"

	"gatehouse/e2e/provider"
	"gatehouse/e2e/trial"
)

func TestGitHub(t *testing.T) {
	t.Parallel()
	hub := provider.NewGitHub(t)
	p := newPlace(t, "http")
	p.configure(t, trial.GitHubConfig(hub, provider.ClientSecret))
	p.start(t)
	trial.GitHub(t, p.Site, hub)
	p.wantRecord(t, `"subject":"github:47"`, `"subject":"github:44"`)
}
