// Package host puts the parts together into one http.Handler: the endpoint,
// the authorization server in front of it, and the pages.
//
//	Observe -> TrustProxies -> pick the site by Host -> route
//	/mcp, /sse: guard -> body -> envelope -> modern | legacy -> gateway
//
// Each public URL is a site with handlers of its own, whose issuer is that URL
// and never what a request claims. The sites share the stores.
package host

import (
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/gateway"
	"gatehouse/gateway/pins"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp/hold"
	"gatehouse/mcp/session"
)

// Host is the whole server.
type Host struct {
	handler http.Handler
	gateway *gateway.Gateway
	shared  *shared
	sites   atomic.Pointer[map[string]http.Handler] // by the host of their URL
	closing chan struct{}
	end     sync.Once
}

// New builds the server. It does no I/O.
func New(c Config, p Parts) (*Host, error) {
	if len(c.URLs) == 0 {
		return nil, errors.New("a host needs a public URL")
	}
	if len(p.Providers) == 0 {
		return nil, errors.New("a host needs a way to log in")
	}
	info, err := json.Marshal(map[string]string{"name": "gatehouse", "title": c.Name, "version": p.Version}, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	h := &Host{
		closing: make(chan struct{}),
		gateway: &gateway.Gateway{
			Info:  info,
			Audit: p.Audit,
			Log:   p.Log,
			Keys:  p.Keys,
			Held:  &hold.Calls{Keys: p.Keys, Now: now},
			Pins:  pins.New(p.Store),
		},
	}
	h.shared = newShared(c, p, h)
	if err := h.SetMounts(p.Mounts, p.ScopeText); err != nil {
		return nil, err
	}
	routes := h.pick(health(h.closing, h.shared.ready, h.gateway.Status))
	h.handler = httpx.Observe(p.Log, panicked, httpx.TrustProxies(c.Proxies, routes))
	return h, nil
}

// SetMounts says which backends there are from now on, with a sentence for
// people for each of their scopes. Sessions and calls in flight go on, and
// clients that listen hear what has changed. A mount with the same Backend as
// one before goes on with it; backends that are gone are closed.
func (h *Host) SetMounts(mounts []gateway.Mount, scopeText map[string]string) error {
	sites := make(map[string]http.Handler)
	for _, u := range h.shared.c.URLs {
		at, err := url.Parse(u)
		if err != nil {
			return err
		}
		site, err := h.shared.site(u, newOffer(mounts, scopeText))
		if err != nil {
			return err
		}
		sites[at.Host] = site.routes()
	}
	h.gateway.SetMounts(mounts)
	h.sites.Store(&sites)
	return nil
}

// Backends says how each backend does.
func (h *Host) Backends() []gateway.Status { return h.gateway.Status() }

// ServeHTTP answers a request.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// EndStreams ends the open streams cleanly, and keeps new ones from opening.
// Calls in flight go on.
func (h *Host) EndStreams() { h.end.Do(func() { close(h.closing) }) }

// Forget drops what is remembered of a grant, for one that was changed in the
// store by somebody else: its next request asks the store.
func (h *Host) Forget(grantID string) { h.shared.tokens.Forget(grantID) }

// Sessions are the sessions of older clients, with what the host has of them
// in memory.
func (h *Host) Sessions() *session.Store { return h.shared.Sessions }

// Close ends the backends. Nothing may be in flight.
func (h *Host) Close() error {
	h.EndStreams()
	return h.gateway.Close()
}

// pick leads a request to the site that its Host header names. Any other name
// is refused: a web page whose name was made to point here must find nothing
// (DNS rebinding). Who checks the health knows the address only.
func (h *Host) pick(health http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			health.ServeHTTP(w, r)
			return
		}
		if site, ok := (*h.sites.Load())[r.Host]; ok {
			site.ServeHTTP(w, r)
			return
		}
		httpx.Note(r.Context(), fault.New(fault.Denied, "host %q is none of the configured URLs", r.Host))
		http.Error(w, "This server does not answer to that name. Use one of its configured URLs.", http.StatusForbidden)
	})
}

func panicked(w http.ResponseWriter, r *http.Request, err error) {
	http.Error(w, fault.Public(err)+" Request id: "+httpx.RequestID(r.Context()), http.StatusInternalServerError)
}

func now() time.Time { return time.Now() }
