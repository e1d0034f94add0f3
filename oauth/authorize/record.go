package authorize

import (
	"net/http"

	"gatehouse/audit"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/login"
)

// recordDecision writes down what a person answered a client.
func (h *Handler) recordDecision(r *http.Request, req Request, session login.Session, grant string, outcome audit.Outcome) error {
	return h.Audit.Record(r.Context(), audit.Event{
		Request:  httpx.RequestID(r.Context()),
		Subject:  session.Person.Subject,
		Name:     session.Person.Name,
		ClientID: req.ClientID,
		Grant:    grant,
		Action:   "consent",
		Target:   oauth.FormatScope(req.Scopes),
		Outcome:  outcome,
	})
}

// recordLogin writes down that somebody came in, or was refused: then the name
// is what they typed.
func (h *Handler) recordLogin(r *http.Request, provider login.Provider, who login.Person, err error) error {
	ev := audit.Event{
		Request: httpx.RequestID(r.Context()),
		Subject: who.Subject,
		Name:    who.Name,
		Action:  "login",
		Target:  provider.ID,
		Outcome: audit.OK,
	}
	if err != nil {
		ev.Outcome, ev.Error = audit.Denied, audit.ErrorKind(err)
	}
	return h.Audit.Record(r.Context(), ev)
}
