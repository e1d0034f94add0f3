package conformance

import (
	"os"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// everything is the host with the fixture behind its guard.
const everything = "gatehouse/conformance/everything"

// startHost starts the host on this machine.
func startHost(t *testing.T) *server.Server {
	t.Helper()
	return server.Start(t, everything)
}

// startWorker starts the host in the Workers runtime, and returns its URL.
func startWorker(t *testing.T) string {
	t.Helper()
	return workerd.Start(t, workerd.Build(t, everything), t.TempDir(), workerd.NewKey()).URL
}

// logIn returns a token of ada's for the fixture, which she gives to a client.
func logIn(t *testing.T, issuer string) string {
	t.Helper()
	s := road.New(issuer)
	return s.Connect(t, s.Person("ada"), "fixture").Access
}
