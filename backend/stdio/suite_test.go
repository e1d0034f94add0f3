//go:build !js

package stdio

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/remote"
	"gatehouse/gateway"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// without is the variable that names the tools to leave out.
const without = "STDIO_TEST_WITHOUT"

// suite is the server of the backends' suite, as the SDK serves it here.
func suite() {
	s := backendtest.NewServer()
	s.RemoveTools(strings.Split(os.Getenv(without), ",")...)
	s.Run(context.Background(), &sdk.StdioTransport{})
}

// TestBackend holds real servers over these lines to the contract of every
// backend, and counts what is left of them.
func TestBackend(t *testing.T) {
	for name, tt := range map[string]struct {
		without   string // a line does not say which of many calls asks, and each process grows for itself
		revision  mcp.Revision
		perPerson bool
	}{
		"a modern one, one process for all":         {"ask", "", false},
		"a modern one, a process for each person":   {"ask,grow", "", true},
		"one of 2025-11-25, one process for all":    {"ask", mcp.R20251125, false},
		"one of 2024-11-05, a process for a person": {"ask,grow", mcp.R20241105, true},
	} {
		t.Run(name, func(t *testing.T) {
			files := openFiles(t)
			backendtest.Run(t, func(t *testing.T) gateway.Backend {
				return open(t, tt.without, client.Config{PerPerson: tt.perPerson, Revision: tt.revision})
			})
			if left := openFiles(t); left > files {
				t.Errorf("%d files are open, %d were before", left, files)
			}
		})
	}
}

// open returns a backend over lines to a child. When the test is over, and the
// backend with it, nothing of the child may be left.
func open(t *testing.T, leftOut string, c client.Config) gateway.Backend {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	env := childEnv("suite")
	env[without] = leftOut
	d, err := New(Config{Name: "suite", Command: os.Args[0], Env: env, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left := d.Status().Processes; len(left) > 0 {
			t.Errorf("the backend is closed, and %d processes run", len(left))
		}
		d.Close()
	})
	c.Name, c.Dialer, c.Log = "suite", d, log
	s, err := client.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return remote.New(s)
}
