package oauth

import (
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
)

// Render answers a failed request of an endpoint that speaks OAuth JSON
// (RFC 6749, section 5.2). It is the one [httpx.Renderer] of them all. A
// handler that knows better when to come back sets Retry-After itself.
func Render(w http.ResponseWriter, r *http.Request, err error) {
	status, e := statusOf(err)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized && TriedBasic(r) {
		h.Set("WWW-Authenticate", `Basic realm="oauth", charset="UTF-8"`)
	}
	httpx.WriteJSON(w, status, failure{e.Code, e.Text()})
}

type failure struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// statusOf finds the status and the code of a failure. Only words that were
// meant for strangers are in the answer.
func statusOf(err error) (int, *Error) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status(), e
	}
	status := httpx.Status(err)
	code := InvalidRequest
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		code = TemporarilyUnavailable
	case status == http.StatusForbidden:
		code = AccessDenied
	case status >= 500:
		code = ServerError
	}
	return status, Fail(code, fault.Public(err))
}

// TriedBasic reports whether the request authenticates by the Basic scheme.
func TriedBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}

// Preflight lets scripts of any origin use an endpoint that takes no cookie,
// and settles what every endpoint settles about methods: it answers OPTIONS,
// and any method that is not one of those given. It reports whether the
// request was answered.
func Preflight(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	for _, m := range methods {
		if r.Method == m {
			return false
		}
	}
	allow := strings.Join(append(methods, http.MethodOptions), ", ")
	h.Set("Allow", allow)
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", allow)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	httpx.WriteJSON(w, http.StatusMethodNotAllowed, failure{InvalidRequest, "This endpoint takes " + allow + "."})
	return true
}
