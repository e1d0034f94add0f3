package worker

import (
	"strings"
	"testing"

	"gatehouse/e2e/authority"
	"gatehouse/e2e/provider"
	"gatehouse/e2e/trial"
	"gatehouse/e2e/workerd"
)

// public is the name of a Worker that is deployed.
const public = "gatehouse.ada.workers.dev"

// deployed launches the command as it is deployed: by TLS at a public name,
// with a login of its own, whose secret is ${env:LOGIN_SECRET}.
func deployed(t *testing.T, login string) *lasting {
	t.Helper()
	dir := workerd.Configure(t, workerd.Build(t, command), "urls: [https://"+public+"]\n"+login)
	cert, key := authority.The().Pair(t, public)
	workerd.Secure(t, dir, cert, key)
	state, env := t.TempDir(), []string{workerd.NewKey(), "DEV_LOGIN=off", "LOGIN_SECRET=" + provider.ClientSecret}
	return at(t, "https://"+public, authority.Trusting(), func() *workerd.Process { return workerd.Start(t, dir, state, env...) })
}

// TestOpenIDConnect logs in at providers elsewhere.
func TestOpenIDConnect(t *testing.T) {
	t.Parallel()
	one, two := provider.NewOpenID(t), provider.NewOpenID(t)
	l := deployed(t, trial.OpenIDConfig(one, two, "${env:LOGIN_SECRET}"))
	trial.OpenIDConnect(t, l.Site, one, two)

	t.Run("a restart in the middle of the login is not noticed", func(t *testing.T) {
		who, w := l.Person(""), l.Way(l.Registered(t), "whoami")
		who.Link = "Continue with Two"
		back, err := w.Depart(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		l.restart(t)
		away, err := who.Follow(t.Context(), back.String())
		if err != nil {
			t.Fatal(err)
		}
		l.WantCaller(t, w.Finish(t, away).Access, "Heidi")
	})
	t.Run("nobody is asked for a name and a password", func(t *testing.T) {
		away, err := l.Person("mallory").Follow(t.Context(), l.Way(l.Registered(t), "math").Start())
		if err == nil || !strings.Contains(err.Error(), "the page has no form") {
			t.Errorf("a person who only knows the development login = %v, %v", away, err)
		}
	})
}

// TestGitHub logs in at GitHub.
func TestGitHub(t *testing.T) {
	t.Parallel()
	hub := provider.NewGitHub(t)
	l := deployed(t, trial.GitHubConfig(hub, "${env:LOGIN_SECRET}"))
	trial.GitHub(t, l.Site, hub)
}
