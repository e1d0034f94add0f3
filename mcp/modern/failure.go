package modern

import (
	"errors"
	"net/http"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// codeElicitationRequired is of an older revision; a backend may still answer
// with it.
const codeElicitationRequired = -32042

// failure is what a modern client gets of an error. Codes that this revision
// has no more become those that took their place.
func failure(err error) *mcp.Error {
	if scope, ok := errors.AsType[*identity.ScopeError](err); ok {
		return &mcp.Error{Code: mcp.CodeInvalidParams, Message: scope.Error(), Err: err}
	}
	e := mcp.Failure(err)
	if e.Code == mcp.CodeResourceNotFound || e.Code == codeElicitationRequired {
		mended := *e
		mended.Code = mcp.CodeInvalidParams
		return &mended
	}
	return e
}

// refusals are the codes whose HTTP status the specification gives. What a
// method itself answers is a 200, whether it went well or not.
var refusals = map[int]int{
	mcp.CodeParse:               http.StatusBadRequest,
	mcp.CodeInvalidRequest:      http.StatusBadRequest,
	mcp.CodeMethodNotFound:      http.StatusNotFound,
	mcp.CodeHeaderMismatch:      http.StatusBadRequest,
	mcp.CodeMissingCapability:   http.StatusBadRequest,
	mcp.CodeUnsupportedRevision: http.StatusBadRequest,
}

// status is the HTTP status of a failed call.
func status(e *mcp.Error) int {
	if s, ok := refusals[e.Code]; ok {
		return s
	}
	switch {
	case errors.Is(e, fault.TooMany):
		return http.StatusTooManyRequests
	case errors.Is(e, fault.Unavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}
