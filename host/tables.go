package host

import (
	"time"

	"gatehouse/mcp/session"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
	"gatehouse/store"
)

// Tables are the records that operators look at.
type Tables struct {
	Clients  *store.Table[oauth.Client]
	Grants   *store.Table[oauth.Grant]
	Sessions *session.Store
}

// NewTables returns the tables in kv.
func NewTables(kv store.KV) Tables { return newTables(kv, session.Config{}) }

func newTables(kv store.KV, sessions session.Config) Tables {
	return Tables{
		Clients:  clients.NewTable(kv),
		Grants:   store.NewTable(kv, "grants", func(g oauth.Grant) time.Time { return g.Ends() }),
		Sessions: session.New(kv, sessions),
	}
}
