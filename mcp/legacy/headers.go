package legacy

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream"
)

// checkAnswer reads what kinds of answer the client takes. One is enough.
func checkAnswer(r *http.Request) (accepts, *refusal) {
	accept := parseAccept(r.Header.Values("Accept"))
	if !accept.json && !accept.events {
		return accept, &refusal{http.StatusNotAcceptable, &mcp.Error{Code: mcp.CodeInvalidRequest,
			Message: "The client must accept application/json and text/event-stream"}}
	}
	return accept, nil
}

// checkStream holds a GET to what a stream needs.
func checkStream(r *http.Request) *refusal {
	if !parseAccept(r.Header.Values("Accept")).events {
		return &refusal{http.StatusNotAcceptable, &mcp.Error{Code: mcp.CodeInvalidRequest,
			Message: "The client must accept text/event-stream"}}
	}
	return checkRevision(r)
}

// session finds the session that the request names.
func (h *Handler) session(ctx context.Context, who identity.Principal, id string) (*session.Session, *refusal) {
	if id == "" {
		return nil, &refusal{http.StatusBadRequest, &mcp.Error{Code: mcp.CodeInvalidRequest,
			Message: "The header Mcp-Session-Id is missing. Open a session with initialize first."}}
	}
	found, err := h.Sessions.Find(ctx, who.Subject, id)
	if errors.Is(err, fault.NotFound) {
		return nil, noSession
	}
	if err != nil {
		return nil, &refusal{httpx.Status(err), mcp.Failure(err)}
	}
	return found, nil
}

// checkRevision holds the header of the revision to the rules. Without it the
// client may be of 2025-03-26, which had none (2025-11-25, transports,
// "Protocol Version Header"). One that differs from the session's is let pass:
// the session's counts.
func checkRevision(r *http.Request) *refusal {
	revision := mcp.Revision(r.Header.Get(mcp.HeaderRevision))
	if revision == "" || revision.Known() {
		return nil
	}
	return &refusal{http.StatusBadRequest, &mcp.Error{Code: mcp.CodeInvalidRequest,
		Message: "The header MCP-Protocol-Version names a revision that is not served here."}}
}

// accepts is what kinds of answer a client takes.
type accepts struct{ json, events bool }

// parseAccept reads an Accept header. The specification has clients name both
// kinds; one that names none, or wildcards, takes both.
func parseAccept(header []string) accepts {
	var a accepts
	named := false
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		kind, _, _ := strings.Cut(part, ";")
		switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
		case "":
			continue
		case typeJSON, "application/*":
			a.json = true
		case typeEvents, "text/*":
			a.events = true
		case "*/*":
			a = accepts{true, true}
		}
		named = true
	}
	if !named {
		return accepts{true, true}
	}
	return a
}
