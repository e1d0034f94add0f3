package authorize

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// answer is the way back to a client whose redirect URI is certain.
type answer struct {
	redirectURI string
	state       string
	issuer      string
}

// answerTo is the way back before the request is validated: a state that is
// not in order is left out.
func (h *Handler) answerTo(redirectURI string, p params) answer {
	a := answer{redirectURI: redirectURI, issuer: h.Issuer}
	if state := p.get("state"); !p.repeated("state") && len(state) <= maxState {
		a.state = state
	}
	return a
}

// answer is the way back of a waiting request.
func (r *Request) answer() answer {
	return answer{redirectURI: r.RedirectURI, state: r.State, issuer: r.Issuer}
}

// code sends the browser back with a code.
func (a answer) code(w http.ResponseWriter, code string) error {
	return a.send(w, url.Values{"code": {code}})
}

// fail sends the browser back with an error, and leaves it in the log. What is
// no [oauth.Error] is a failure of ours.
func (a answer) fail(w http.ResponseWriter, r *http.Request, err error) error {
	httpx.Note(r.Context(), err)
	e, ok := errors.AsType[*oauth.Error](err)
	switch {
	case ok:
	case errors.Is(err, fault.Unavailable):
		e = oauth.Fail(oauth.TemporarilyUnavailable, "The server is not available at the moment. Try again.")
	default:
		e = oauth.Fail(oauth.ServerError, "The server could not answer. Its log has the request id "+httpx.RequestID(r.Context())+".")
	}
	return a.send(w, url.Values{
		"error":             {e.Code},
		"error_description": {describe(e.Description)},
	})
}

// send adds the state, and who answers (RFC 9207), to what is said. A query
// that the redirect URI has already stays in front (RFC 6749, section 3.1.2).
func (a answer) send(w http.ResponseWriter, values url.Values) error {
	if a.state != "" {
		values.Set("state", a.state)
	}
	values.Set("iss", a.issuer)
	separator := "?"
	if strings.Contains(a.redirectURI, "?") {
		separator = "&"
	}
	return seeOther(w, a.redirectURI+separator+values.Encode())
}

// describe keeps to the characters that a description may have (RFC 6749,
// section 4.1.2.1).
func describe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, s)
}
