// Package token serves /token, /revoke and /introspect.
//
//	request -> form -> client -> grant type -> authcode | refresh | clientcredentials
//	                                             |
//	                                one swap of the oauth.Grant
//
// The shared checks are one line of steps that no grant type can skip, and
// each grant type is one file. A code is redeemed, a refresh token rotates and
// a grant is revoked by a single swap of the grant's record. What two requests
// try at once is decided there: the one that loses the swap begins again, and
// finds what the other has done.
package token

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/store"
)

// Lives are how long things are good.
type Lives struct {
	Access   time.Duration // an access token
	Idle     time.Duration // a refresh token that nobody uses
	Absolute time.Duration // a grant, however active
	// Grace is how long the refresh token before the current one still gets
	// the answer that it got, for a client that lost it.
	Grace time.Duration
	// Retry is how long a code that was redeemed can be presented once more,
	// with its verifier, without ending the grant. It is refused all the same.
	Retry time.Duration
}

// DefaultLives are the lives of a host that says nothing else.
var DefaultLives = Lives{
	Access:   time.Hour,
	Idle:     30 * 24 * time.Hour,
	Absolute: 90 * 24 * time.Hour,
	Grace:    time.Minute,
	Retry:    2 * time.Second,
}

// Clients is the part of the client directory that the endpoints use.
type Clients interface {
	// Authenticate returns the client that sent the form.
	Authenticate(r *http.Request, form url.Values) (oauth.Client, error)
}

// Handler serves the endpoints of one issuer. All it needs is in its fields.
type Handler struct {
	Issuer    string
	Resources []string // canonical; what a token can be for
	Root      string   // the resource of a request that names none
	Scopes    []string // all that a token can have
	Lives     Lives
	Clients   Clients
	Grants    *store.Table[oauth.Grant]
	Now       func() time.Time
	Shards    int // that grants are spread over; 0 is one

	// Used hears that a client is in use, to keep its registration. May be nil.
	Used func(ctx context.Context, clientID string) error
	// Disabled reports whether a person may no longer come in. May be nil.
	Disabled func(ctx context.Context, subject string) (bool, error)
	// Revoked hears of every grant of which a token ended before its time, so
	// that no cache goes on with it. May be nil.
	Revoked func(grantID string)
	// Alarm hears of a grant that was ended because a code or a refresh token
	// of it was presented again: somebody may have stolen it. May be nil.
	Alarm func(ctx context.Context, g oauth.Grant, what string)
}

// answer is a successful answer of /token (RFC 6749, section 5.1).
type answer struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int64  `json:"expires_in"`
	Refresh   string `json:"refresh_token,omitempty"`
	Scope     string `json:"scope,omitempty"`
}

// request is a token request of a client that proved itself.
type request struct {
	client oauth.Client
	form   url.Values
	now    time.Time
}

// Token serves POST /token. It is an [httpx.Handler] for [oauth.Render].
func (h *Handler) Token(w http.ResponseWriter, r *http.Request) error {
	// 1. The method; scripts of any origin may ask, no cookie is looked at.
	if oauth.Preflight(w, r, http.MethodPost) {
		return nil
	}

	// 2. The form, and the client that sent it.
	client, form, err := h.receive(w, r)
	if err != nil {
		return err
	}

	// 3. The grant type: there is one, the server has it, the client may.
	grant, err := h.grantType(client, form)
	if err != nil {
		return err
	}

	// 4. The grant itself.
	ans, err := grant(r.Context(), request{client, form, h.Now()})
	if err != nil {
		return err
	}

	// 5. A client that gets tokens is in use. If that cannot be recorded, the
	// tokens are good all the same.
	if h.Used != nil {
		if err := h.Used(r.Context(), client.ID); err != nil {
			httpx.Note(r.Context(), err)
		}
	}
	w.Header().Set("Pragma", "no-cache")
	return httpx.WriteJSON(w, http.StatusOK, ans)
}

// receive is what every endpoint begins with: the form, its type, its size,
// every parameter once; then the client, proven.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) (oauth.Client, url.Values, error) {
	form, err := readForm(w, r)
	if err != nil {
		return oauth.Client{}, nil, err
	}
	client, err := h.Clients.Authenticate(r, form)
	return client, form, err
}

func (h *Handler) grantType(c oauth.Client, form url.Values) (func(context.Context, request) (answer, error), error) {
	name := form.Get("grant_type")
	serve, ok := map[string]func(context.Context, request) (answer, error){
		oauth.GrantCode:              h.redeem,
		oauth.GrantRefresh:           h.refresh,
		oauth.GrantClientCredentials: h.clientCredentials,
	}[name]
	switch {
	case name == "":
		return nil, oauth.Fail(oauth.InvalidRequest, "The request has no grant_type.")
	case !ok:
		return nil, oauth.Fail(oauth.UnsupportedGrantType, "This server does not have the grant_type.")
	case !c.May(name):
		return nil, oauth.Fail(oauth.UnauthorizedClient, "The client is not registered for the grant_type.")
	case form.Has("authorization_details"):
		// It narrows what is granted, so ignoring it would give too much.
		return nil, oauth.Fail(oauth.InvalidRequest, "This server does not support authorization_details.")
	}
	return serve, nil
}

// checkPerson refuses to go on for a person who was disabled.
func (h *Handler) checkPerson(ctx context.Context, subject string) error {
	if h.Disabled == nil {
		return nil
	}
	disabled, err := h.Disabled(ctx, subject)
	if err == nil && disabled {
		err = invalidGrant("The person who granted this can no longer use this server.")
	}
	return err
}

// checkResource compares what a request asks for with what was granted: a
// token is never for more than that (RFC 8707, section 2.2).
func checkResource(form url.Values, granted string) error {
	asked := form.Get("resource")
	if asked == "" {
		return nil
	}
	if _, ok := oauth.MatchResource([]string{granted}, asked); !ok {
		return oauth.Fail(oauth.InvalidTarget, "The resource is not the one that was granted, "+granted+".")
	}
	return nil
}

// askedScopes returns the scopes that a request asks for, or all that were
// granted if it does not say (RFC 6749, section 6).
func askedScopes(form url.Values, granted []string) ([]string, error) {
	asked, err := oauth.ParseScope(form.Get("scope"))
	switch {
	case err != nil:
		return nil, err
	case len(asked) == 0:
		return granted, nil
	case !oauth.Subset(asked, granted):
		return nil, oauth.Fail(oauth.InvalidScope, "The scope was not granted: "+oauth.FormatScope(granted)+" was.")
	}
	return asked, nil
}

// revoke ends a grant and tells those who must know. A grant that is gone is
// ended already.
func (h *Handler) revoke(ctx context.Context, id string) (oauth.Grant, error) {
	g, err := h.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		g.Revoke(h.Now())
		return nil
	})
	if err == nil && h.Revoked != nil {
		h.Revoked(id)
	}
	return g, err
}

// stolen ends a grant whose code or refresh token came again.
func (h *Handler) stolen(ctx context.Context, id, what string) error {
	g, err := h.revoke(ctx, id)
	if err == nil && h.Alarm != nil {
		h.Alarm(ctx, g, what)
	}
	return err
}

func invalidGrant(why string) *oauth.Error { return oauth.Fail(oauth.InvalidGrant, why) }
