package gosdk

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/identity"
	"gatehouse/mcp"
)

var (
	alice  = identity.Principal{Subject: "dev:alice", Name: "Alice", ClientID: "c1", Client: "Inspector"}
	legacy = &mcp.Client{Revision: mcp.R20251125, Session: "s1", LogLevel: "info"}
)

func TestOldestIdleSessionMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := sdk.NewServer(&sdk.Implementation{Name: "test", Version: "1"}, nil)
		ss := newSessions(server)
		defer ss.close()
		ss.limit = 2
		get := func(id string) *session {
			time.Sleep(time.Second) // the bubble's clock
			s, err := ss.get(t.Context(), alice, &mcp.Client{Revision: mcp.R20251125, Session: id})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		get("busy")
		ss.put(get("idle"))
		ss.put(get("new"))
		synctest.Wait()

		var got []string
		for s := range server.Sessions() {
			got = append(got, s.ID())
		}
		if want := []string{"busy", "new"}; !slices.Equal(got, want) {
			t.Errorf("sessions %q, want %q", got, want)
		}
	})
}

func TestClosedSessionsOpenNoMore(t *testing.T) {
	ss := newSessions(sdk.NewServer(&sdk.Implementation{Name: "test", Version: "1"}, nil))
	if err := ss.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ss.get(t.Context(), alice, legacy); mcp.Failure(err).Code != mcp.CodeUnavailable {
		t.Errorf("get = %v, want code %d", err, mcp.CodeUnavailable)
	}
}

func TestServersMayPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := sdk.NewServer(&sdk.Implementation{Name: "test", Version: "1"}, &sdk.ServerOptions{KeepAlive: time.Second})
		ss := newSessions(server)
		defer ss.close()
		if _, err := ss.get(t.Context(), alice, legacy); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the bubble's clock
		synctest.Wait()
		if n := len(slices.Collect(server.Sessions())); n != 1 {
			t.Errorf("%d sessions after a minute of pings, want 1", n)
		}
	})
}
