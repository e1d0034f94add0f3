package host

import (
	"net/http"
	"strings"

	"gatehouse/gateway"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/web"
)

// routes is the one table of everything that a site answers.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, h httpx.Handler) { mux.Handle(pattern, httpx.Serve(h, s.pages.Error)) }
	form := func(pattern string, h httpx.Handler) { mux.Handle(pattern, httpx.Serve(h, oauth.Render)) }

	// The endpoint, in every revision.
	mcp, sse := s.endpoint("/mcp", false), s.endpoint("/sse", true)
	allowed := s.origins()
	mux.Handle("/mcp", crossOrigin(allowed, httpx.Serve(mcp.serve, mcp.render)))
	mux.Handle("/sse", crossOrigin(allowed, httpx.Serve(sse.serve, sse.render)))
	mux.Handle("/sse/message", crossOrigin(allowed, httpx.Serve(sse.message, sse.render)))

	// The authorization server, for programs.
	form("/.well-known/", s.discovery.Serve)
	form("/token", s.token.Token)
	form("/revoke", s.token.Revoke)
	form("/introspect", s.token.Introspect)
	if s.c.Registration {
		form("/register", s.register.Serve)
	}

	// The authorization server, for people.
	page("GET /authorize", s.authorize.Authorize)
	page("POST /authorize", s.authorize.Authorize)
	page("GET /authorize/{request}", s.authorize.Step)
	page("GET /authorize/{request}/login/{provider}", s.authorize.Leave)
	page("POST /authorize/{request}/login/{provider}", s.authorize.LogIn)
	page("POST /authorize/{request}/switch", s.authorize.Switch)
	page("POST /authorize/{request}/consent", s.authorize.Decide)
	page("GET /login/callback/{provider}", s.authorize.Return)
	page("POST /logout", s.authorize.LogOut)
	page("GET /favicon.svg", web.Icon)
	page("GET /{$}", s.home)
	page("/", func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "There is no such page here.")
	})
	if strings.HasPrefix(s.issuer, "https://") {
		return strict(mux)
	}
	return mux
}

// strict makes browsers come by https alone, for a year (RFC 6797).
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Strict-Transport-Security"] = oneYear
		next.ServeHTTP(w, r)
	})
}

var oneYear = []string{"max-age=31536000"}

// health answers those who watch over the process. A backend that does not
// answer makes the host no less ready.
func health(closing <-chan struct{}, ready func(*http.Request) error, backends func() []gateway.Status) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		httpx.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status, report := http.StatusOK, readiness{Status: "ready"}
		select {
		case <-closing:
			status, report.Status = http.StatusServiceUnavailable, "closing"
		default:
			if err := ready(r); err != nil {
				httpx.Note(r.Context(), err)
				status, report.Status = http.StatusServiceUnavailable, "the store does not answer"
			}
		}
		for _, b := range backends() {
			report.Backends = append(report.Backends, wellness{b.Name, b.State, b.Breaker})
		}
		httpx.WriteJSON(w, status, report)
	})
	return mux
}

// readiness is what strangers may know of the host and its backends: not why
// one does not answer.
type readiness struct {
	Status   string     `json:"status"`
	Backends []wellness `json:"backends,omitempty"`
}

type wellness struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Breaker string `json:"breaker"`
}
