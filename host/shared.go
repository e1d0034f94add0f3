package host

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp/legacy"
	"gatehouse/mcp/modern"
	"gatehouse/mcp/session"
	"gatehouse/oauth"
	"gatehouse/oauth/authorize"
	"gatehouse/oauth/clients"
	"gatehouse/oauth/guard"
	"gatehouse/oauth/login"
	"gatehouse/oauth/register"
	"gatehouse/store"
)

const (
	keepAlive = 15 * time.Second // unless the entry point knows better
	listsLast = time.Minute      // for as long a client may keep a list
	// maxClients bounds the registrations of clients; unused ones make room.
	maxClients = 10_000
)

// shared is what all sites have in common.
type shared struct {
	c Config
	p Parts
	Tables

	fetch     *clients.Fetcher
	directory *clients.Directory
	tries     *oauth.Rate
	once      *store.Table[clients.OnceUsed]
	keys      *clients.Keys
	rate      *oauth.Rate // of registrations
	waiting   *oauth.Rate // of authorization requests; nil in development
	tokens    *guard.Tokens
	requests  *store.Table[authorize.Request]
	logins    *store.Table[login.Session]
	flights   *login.Flights
	modern    *modern.Handler
	legacy    *legacy.Handler
}

func newShared(c Config, p Parts, h *Host) *shared {
	s := &shared{
		c:        c,
		p:        p,
		Tables:   newTables(p.Store, session.Config{PerPerson: c.Limits.Sessions}),
		tries:    clients.NewTries(now),
		once:     clients.NewOnce(p.Store),
		rate:     register.NewPerAddress(c.Limits.Registrations, now),
		requests: authorize.NewTable(p.Store),
		logins:   login.NewTable(p.Store),
		flights:  login.NewFlights(p.Store, now),
	}
	if !c.Dev {
		s.waiting = authorize.NewPerAddress(now)
	}
	s.tokens = &guard.Tokens{Grants: s.Grants, Disabled: s.disabled, Now: now}
	s.fetch = clients.NewFetcher(publicDoor(p), loopbackDoor(c, p), now)
	s.keys = &clients.Keys{Fetch: s.fetch, Now: now}
	s.directory = &clients.Directory{
		Configured: make(map[string]oauth.Client),
		Documents: &clients.Documents{
			Fetch:          s.fetch,
			Cache:          cacheOf(p),
			PrivateSchemes: c.RedirectSchemes,
			Now:            now,
		},
	}
	if c.Registration {
		s.directory.Registry = &clients.Registry{Table: s.Clients, Max: maxClients, Now: now}
	}
	for _, known := range c.Clients {
		s.directory.Configured[known.ID] = known
	}
	s.modern = &modern.Handler{
		Gateway:   h.gateway,
		Info:      h.gateway.Info,
		KeepAlive: cmp.Or(c.KeepAlive, keepAlive),
		TTL:       listsLast,
		Streams:   c.Limits.Streams,
		Closing:   h.closing,
	}
	s.legacy = &legacy.Handler{
		Gateway:   h.gateway,
		Sessions:  s.Sessions,
		KeepAlive: cmp.Or(c.KeepAlive, keepAlive),
		Streams:   c.Limits.Streams,
		Closing:   h.closing,
		Log:       p.Log,
	}
	return s
}

// cacheOf keeps what strangers publish.
func cacheOf(p Parts) store.Cache {
	if p.Cache == nil {
		return store.NewCache(p.Store, "cache")
	}
	return p.Cache
}

// publicDoor leads to client metadata anywhere.
func publicDoor(p Parts) clients.Door {
	if p.Public == nil {
		return clients.PublicDoor()
	}
	return p.Public
}

// loopbackDoor leads to client metadata on this machine, in development only.
func loopbackDoor(c Config, p Parts) clients.Door {
	switch {
	case !c.Dev:
		return nil
	case p.Loopback == nil:
		return clients.LoopbackDoor()
	}
	return p.Loopback
}

// ready reports whether the store answers.
func (s *shared) ready(r *http.Request) error {
	_, err := s.p.Store.Get(r.Context(), "readyz")
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
