package guard

import (
	"errors"
	"net/http"
	"strings"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// challenge is a failure that a client answers by authorizing.
type challenge struct {
	code        string // empty if there was no token at all (RFC 6750, section 3.1)
	description string
}

func (c *challenge) Error() string {
	if c.code == "" {
		return "no access token"
	}
	return c.code + ": " + c.description
}

// Render answers a request that was refused here or below: a call that needs
// more scopes gets a challenge too, upon which clients ask for more. Other
// failures are answered as [oauth.Render] does.
func (g *Guard) Render(w http.ResponseWriter, r *http.Request, err error) {
	if need, ok := errors.AsType[*identity.ScopeError](err); ok {
		g.challenge(w, http.StatusForbidden, need.Need, oauth.InsufficientScope, "The call needs these scopes: "+oauth.FormatScope(need.Need)+".")
		return
	}
	if c, ok := errors.AsType[*challenge](err); ok {
		g.challenge(w, http.StatusUnauthorized, g.Scopes, c.code, c.description)
		return
	}
	oauth.Render(w, r, err)
}

type body struct {
	Error       string `json:"error,omitempty"`
	Description string `json:"error_description"`
}

func (g *Guard) challenge(w http.ResponseWriter, status int, scopes []string, code, description string) {
	var b strings.Builder
	b.WriteString(`Bearer resource_metadata="` + g.Metadata + `"`)
	if len(scopes) > 0 {
		b.WriteString(`, scope="` + oauth.FormatScope(scopes) + `"`)
	}
	if code != "" {
		text := oauth.Fail(code, description).Text()
		b.WriteString(`, error="` + code + `", error_description="` + text + `"`)
	} else {
		description = "This endpoint needs an access token. Its resource metadata say where to get one."
	}
	w.Header().Set("WWW-Authenticate", b.String())
	httpx.WriteJSON(w, status, body{code, description})
}
