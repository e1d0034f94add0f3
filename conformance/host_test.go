package conformance

import (
	"os"
	"testing"

	"gatehouse/e2e/server"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// startHost starts the host with the fixture behind its guard.
func startHost(t *testing.T) *server.Server {
	t.Helper()
	return server.Start(t, "gatehouse/conformance/everything")
}
