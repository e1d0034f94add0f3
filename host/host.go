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
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/gateway"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp/hold"
	"gatehouse/oauth/guard"
)

// Host is the whole server.
type Host struct {
	handler http.Handler
	gateway *gateway.Gateway
	tokens  *guard.Tokens
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
			Info:   info,
			Mounts: p.Mounts,
			Audit:  p.Audit,
			Log:    p.Log,
			Held:   &hold.Calls{Keys: p.Keys, Now: now},
		},
	}
	shared := newShared(c, p, h)
	h.tokens = shared.tokens
	sites := make(map[string]http.Handler)
	for _, u := range c.URLs {
		at, err := url.Parse(u)
		if err != nil {
			return nil, err
		}
		site, err := shared.site(u)
		if err != nil {
			return nil, err
		}
		sites[at.Host] = site.routes()
	}
	routes := pick(sites, health(h.closing, shared.ready))
	h.handler = httpx.Observe(p.Log, panicked, httpx.TrustProxies(c.Proxies, routes))
	return h, nil
}

// ServeHTTP answers a request.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// EndStreams ends the open streams cleanly, and keeps new ones from opening.
// Calls in flight go on.
func (h *Host) EndStreams() { h.end.Do(func() { close(h.closing) }) }

// Forget drops what is remembered of a grant, for one that was changed in the
// store by somebody else: its next request asks the store.
func (h *Host) Forget(grantID string) { h.tokens.Forget(grantID) }

// Close ends the backends. Nothing may be in flight.
func (h *Host) Close() error {
	h.EndStreams()
	return h.gateway.Close()
}

// pick leads a request to the site that its Host header names. Any other name
// is refused: a web page whose name was made to point here must find nothing
// (DNS rebinding). Who checks the health knows the address only.
func pick(sites map[string]http.Handler, health http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			health.ServeHTTP(w, r)
			return
		}
		if site, ok := sites[r.Host]; ok {
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
