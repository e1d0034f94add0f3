package host

import (
	"errors"
	"mime"
	"net/http"
	"slices"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
	"gatehouse/mcp/legacy"
	"gatehouse/mcp/modern"
	"gatehouse/oauth/guard"
)

// endpoint is one URL that MCP clients talk to, in every revision.
type endpoint struct {
	guard  *guard.Guard
	modern *modern.Handler
	legacy *legacy.Handler
	limit  int64 // bytes of a body
	json   mcp.Limits
	old    bool // GET opens the HTTP+SSE transport of 2024-11-05
}

// serve answers one HTTP request of a client.
func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) error {
	// 1. Who calls. Nothing else is looked at before, so a stranger learns
	// nothing but where to log in.
	who, err := e.guard.Authenticate(r)
	if err != nil {
		return err
	}

	// 2. What has no body.
	switch r.Method {
	case http.MethodPost:
		return e.post(w, r, who, e.legacy.Post)
	case http.MethodGet, http.MethodDelete:
		if mcp.Revision(r.Header.Get(mcp.HeaderRevision)).Modern() {
			modern.Refuse(w, r)
			return nil
		}
		return e.legacyStream(w, r, who)
	}
	w.Header().Set("Allow", "GET, POST, DELETE")
	http.Error(w, "Use POST, GET or DELETE.", http.StatusMethodNotAllowed)
	return nil
}

func (e *endpoint) legacyStream(w http.ResponseWriter, r *http.Request, who identity.Principal) error {
	switch {
	case r.Method == http.MethodDelete:
		return e.legacy.Delete(w, r, who)
	case e.old:
		return e.legacy.Stream(w, r, who)
	}
	return e.legacy.Get(w, r, who)
}

// message answers a POST of the HTTP+SSE transport.
func (e *endpoint) message(w http.ResponseWriter, r *http.Request) error {
	who, err := e.guard.Authenticate(r)
	if err != nil {
		return err
	}
	return e.post(w, r, who, e.legacy.Message)
}

// legacyPost is how the legacy edge takes what was posted.
type legacyPost func(w http.ResponseWriter, r *http.Request, who identity.Principal, msgs []mcp.Message, batch bool) error

func (e *endpoint) post(w http.ResponseWriter, r *http.Request, who identity.Principal, old legacyPost) error {
	// 3. The body, and its envelope.
	if !isJSON(r.Header.Get("Content-Type")) {
		w.Header().Set("Accept", "application/json")
		return &failed{http.StatusUnsupportedMediaType, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The Content-Type must be application/json"}}
	}
	body, err := httpx.ReadBody(w, r, e.limit)
	if err != nil {
		return &failed{httpx.Status(err), err}
	}
	msgs, batch, err := mcp.DecodeBatch(body, e.json)
	if err != nil {
		return &failed{http.StatusBadRequest, err}
	}

	// 4. The era, which decides who goes on.
	if !batch && mcp.IsModern(r.Header, &msgs[0]) {
		return e.modern.Post(w, r, who, msgs[0])
	}
	return old(w, r, who, msgs, batch)
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// failed is a failure of the message, with the status of its answer.
type failed struct {
	status int
	err    error
}

func (f *failed) Error() string { return f.err.Error() }
func (f *failed) Unwrap() error { return f.err }

// render answers a request that no edge has answered: with a JSON-RPC error if
// the message is at fault, else with a challenge.
func (e *endpoint) render(w http.ResponseWriter, r *http.Request, err error) {
	if f, ok := errors.AsType[*failed](err); ok {
		httpx.WriteRaw(w, f.status, mcp.AppendError(nil, "", mcp.Failure(f.err)))
		return
	}
	e.guard.Render(w, r, err)
}

// crossOrigin lets web pages of the allowed origins call, and refuses those of
// all others (MCP, Streamable HTTP, "Security Warning"). Requests without an
// Origin do not come from a page.
func crossOrigin(allowed func(origin string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		if !allowed(origin) {
			httpx.Note(r.Context(), fault.New(fault.Denied, "origin %q is not allowed", origin))
			http.Error(w, "Pages of "+origin+" may not call this server. The operator can allow them under origins.", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, X-Request-Id")
		if r.Method == http.MethodOptions {
			preflight(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// preflight answers what a browser asks before it calls (Fetch, section 3.2).
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); len(asked) < 2048 {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}

// origins returns the rule for the origins of web pages: our own, those that
// the operator named, and on a loopback site every other page of this machine.
func (s *site) origins() func(string) bool {
	named := slices.Concat([]string{s.issuer}, s.c.Origins)
	local := httpx.IsLoopback(Name(s.issuer))
	return func(origin string) bool {
		return slices.Contains(named, origin) || local && httpx.IsLoopback(Name(origin))
	}
}
