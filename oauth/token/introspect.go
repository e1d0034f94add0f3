package token

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// state is what a caller may know of a token (RFC 7662, section 2.2). Of one
// that is not active it knows nothing else.
type state struct {
	Active   bool   `json:"active"`
	Scope    string `json:"scope,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Username string `json:"username,omitempty"`
	Subject  string `json:"sub,omitempty"`
	Audience string `json:"aud,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	Issued   int64  `json:"iat,omitzero"`
	Expires  int64  `json:"exp,omitzero"`
	Type     string `json:"token_type,omitempty"`
}

// Introspect serves POST /introspect, to clients that can authenticate. A
// client that the operator configured sees every token of the issuer, as a
// resource server needs to; any other sees its own.
func (h *Handler) Introspect(w http.ResponseWriter, r *http.Request) error {
	if oauth.Preflight(w, r, http.MethodPost) {
		return nil
	}
	client, form, err := h.receive(w, r)
	if err != nil {
		return err
	}
	if client.Public() {
		return oauth.Fail(oauth.InvalidClient, "Only a client with credentials can introspect tokens.")
	}
	token := form.Get("token")
	if token == "" {
		return oauth.Fail(oauth.InvalidRequest, "The request has no token.")
	}
	s, err := h.stateOf(r.Context(), client, token)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, s)
}

func (h *Handler) stateOf(ctx context.Context, c oauth.Client, token string) (state, error) {
	kind, id, ok := parse(token)
	if !ok {
		return state{}, nil
	}
	g, err := h.Grants.Get(ctx, id)
	switch {
	case errors.Is(err, fault.NotFound):
		return state{}, nil
	case err != nil:
		return state{}, err
	case g.Issuer != h.Issuer || (g.ClientID != c.ID && c.Origin != oauth.Configured):
		return state{}, nil
	case len(c.Scopes) > 0 && g.ClientID != c.ID && !slices.ContainsFunc(g.Scopes, func(s string) bool { return slices.Contains(c.Scopes, s) }):
		return state{}, nil
	}
	return h.describe(g, kind, oauth.HashToken(token)), nil
}

func (h *Handler) describe(g oauth.Grant, kind oauth.Kind, hash oauth.Hash) state {
	now := h.Now()
	s := state{
		Active: true, ClientID: g.ClientID, Username: g.Name, Subject: g.Subject,
		Audience: g.Resource, Issuer: g.Issuer, Issued: g.Created.Unix(),
	}
	switch kind {
	case oauth.AccessToken, oauth.PersonalToken:
		a, ok := g.FindAccess(hash, now)
		if !ok {
			return state{}
		}
		s.Scope, s.Expires, s.Type = oauth.FormatScope(a.Scopes), a.Expires.Unix(), "Bearer"
		return s
	case oauth.RefreshToken:
		f := g.Refresh
		if f == nil || !g.Live(now) || !f.Current.Equal(hash) || !now.Before(f.IdleEnds) {
			return state{}
		}
		s.Scope, s.Expires = oauth.FormatScope(g.Scopes), g.Ends().Unix()
		return s
	}
	return state{}
}
