package doctor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// proof is what we keep of an authorization request, to recognise the answer
// and to redeem its code.
type proof struct {
	state    string
	verifier string
}

func newProof() proof { return proof{state: rand.Text(), verifier: rand.Text() + rand.Text()} }

// challenge is the proof key's public half (RFC 7636, section 4.2).
func (p proof) challenge() string {
	sum := sha256.Sum256([]byte(p.verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorize asks for the page that a person would see.
func (w *walk) authorize(ctx context.Context) bool {
	const step = "authorize"
	if w.open || w.Token != "" {
		return true
	}
	w.proof = newProof()
	w.page = w.authorizationURL(w.client.redirect)
	r, err := w.ask(ctx, http.MethodGet, w.page, http.Header{"Accept": {"text/html"}}, nil)
	if err != nil {
		w.fail(step, "let the authorization page answer a client that has just registered.", "%v", err)
		return false
	}
	switch {
	case r.status >= 400:
		w.fail(step, "let the authorization page answer a client that has just registered, with a loopback redirect, S256 and resource.",
			"the authorization page answers %d%s", r.status, r.oauthError())
		return false
	case r.status >= 300:
		return w.checkRedirect(r)
	}
	w.checkPage(r)
	return true
}

// authorizationURL is the request of a public client with a proof key, for a
// token that is good for the endpoint alone (RFC 8707).
func (w *walk) authorizationURL(redirect string) string {
	q := url.Values{
		"response_type":         {"code"},
		"client_id":             {w.client.ID},
		"redirect_uri":          {redirect},
		"state":                 {w.proof.state},
		"code_challenge":        {w.proof.challenge()},
		"code_challenge_method": {"S256"},
		"resource":              {w.resourceID()},
	}
	scope := w.scope
	if scope == "" {
		scope = strings.Join(w.resource.Scopes, " ")
	}
	if scope != "" {
		q.Set("scope", scope)
	}
	glue := "?"
	if strings.Contains(w.server.Authorization, "?") {
		glue = "&"
	}
	return w.server.Authorization + glue + q.Encode()
}

func (w *walk) resourceID() string {
	if w.resource.Resource != "" {
		return w.resource.Resource
	}
	return w.URL
}

// checkRedirect looks where the person is sent before any page appears.
func (w *walk) checkRedirect(r *reply) bool {
	const step = "authorize"
	to, err := w.location(r)
	if err != nil {
		w.fail(step, "name a place in the redirect of the authorization page.", "%d without a Location", r.status)
		return false
	}
	if strings.HasPrefix(to.String(), w.client.redirect) {
		q := to.Query()
		if q.Has("code") {
			w.fail(step, "ask the person before a code is handed out: here a client that just registered gets one without consent.",
				"hands out a code without asking anybody")
		} else {
			w.fail(step, "accept what MCP clients ask for: response type code, S256, resource, and the scopes of your own metadata.",
				"sends the person straight back: %s %s", q.Get("error"), q.Get("error_description"))
		}
		return false
	}
	if !safe(to.String()) {
		w.fail(step, "send people to log in by https only.", "sends the person to %s", to.Redacted())
		return false
	}
	w.fine(step, "%d, sends the person to log in at %s", r.status, to.Host)
	return true
}

func (w *walk) location(r *reply) (*url.URL, error) {
	base, err := url.Parse(w.server.Authorization)
	if err != nil {
		return nil, err
	}
	location := r.header.Get("Location")
	if location == "" {
		return nil, http.ErrNoLocation
	}
	return base.Parse(location)
}

// checkPage looks at the page itself.
func (w *walk) checkPage(r *reply) {
	const step = "authorize"
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	framing := r.header.Get("X-Frame-Options") + r.header.Get("Content-Security-Policy")
	switch {
	case kind != "text/html" && kind != "application/xhtml+xml":
		w.fail(step, "answer the authorization endpoint with a page for people.", "200, but %s instead of a page", orNothing(kind))
	case !strings.Contains(strings.ToLower(framing), "deny") && !strings.Contains(framing, "frame-ancestors"):
		w.stumble(step, "forbid others to frame the authorization page (Content-Security-Policy: frame-ancestors 'none').",
			"200, a page that others may put in a frame")
	default:
		w.fine(step, "200, a page")
	}
}

// elsewhere is a place that nobody registered.
const elsewhere = "https://gatehouse-doctor.invalid/callback"

// authorizeElsewhere asks for an answer to be sent where it must not go
// (RFC 6749, section 4.1.2.1).
func (w *walk) authorizeElsewhere(ctx context.Context) bool {
	const step = "redirect"
	if w.open || w.Token != "" {
		return true
	}
	r, err := w.ask(ctx, http.MethodGet, w.authorizationURL(elsewhere), http.Header{"Accept": {"text/html"}}, nil)
	if err != nil {
		w.skip(step, "%v", err)
		return true
	}
	to, _ := w.location(r)
	switch {
	case r.status >= 300 && r.status < 400 && to != nil && strings.HasPrefix(to.String(), elsewhere):
		w.fail(step, "check redirect_uri against the registration before anything is sent there; now codes can be stolen.",
			"sends people to a place that nobody registered")
	case r.status >= 400:
		w.fine(step, "a redirect URI that nobody registered is refused (%d)", r.status)
	default:
		w.skip(step, "a redirect URI that nobody registered is not refused before the login (%d)", r.status)
	}
	return true
}
