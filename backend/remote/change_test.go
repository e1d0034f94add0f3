package remote_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/backend/backendtest"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// changing is a server that becomes another.
type changing struct{ now atomic.Pointer[house] }

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.now.Load().ServeHTTP(w, r) }

func TestAServerMayChangeItsRevision(t *testing.T) {
	server := new(changing)
	modern, legacy, oldest := newHouse(t, mcp.R20260728), newHouse(t, mcp.R20251125), newHouse(t, mcp.R20241105)
	server.now.Store(modern)
	clock := time.Now()
	b := open(t, client.Config{URL: serve(t, server), Now: func() time.Time { return clock }})
	defer b.Close()
	for _, next := range []*house{modern, legacy, modern, oldest, legacy} {
		server.now.Store(next)
		clock = clock.Add(time.Minute) // it is not doubted all the time
		for range 2 {
			for _, c := range backendtest.Clients() {
				res, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(c, mcp.MethodToolsCall, "add", `{"a":2,"b":3}`, ""), new(backendtest.Peer))
				if err != nil || !strings.Contains(string(res.Raw), "5") {
					t.Errorf("%s to %s: %s, %v", c.Revision, next.only, res.Raw, err)
				}
			}
		}
	}
}
