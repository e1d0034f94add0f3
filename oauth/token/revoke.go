package token

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// Revoke serves POST /revoke (RFC 7009). A refresh token takes its whole grant
// with it, an access token only itself. A token that is unknown, or another
// client's, is answered as if it had been revoked, and nothing happens.
func (h *Handler) Revoke(w http.ResponseWriter, r *http.Request) error {
	if oauth.Preflight(w, r, http.MethodPost) {
		return nil
	}
	client, form, err := h.receive(w, r)
	if err != nil {
		return err
	}
	token := form.Get("token")
	if token == "" {
		return oauth.Fail(oauth.InvalidRequest, "The request has no token.")
	}
	if err := h.revokeToken(r.Context(), client, token); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

func (h *Handler) revokeToken(ctx context.Context, c oauth.Client, token string) error {
	kind, id, ok := parse(token)
	if !ok {
		return nil
	}
	hash := oauth.HashToken(token)
	_, err := h.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		if g.ClientID != c.ID || g.Issuer != h.Issuer || !h.drop(g, kind, hash) {
			return errUnchanged
		}
		return nil
	})
	switch {
	case errors.Is(err, errUnchanged) || errors.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	if h.Revoked != nil {
		h.Revoked(id)
	}
	return nil
}

// drop takes the token out of its grant, and reports whether it was there.
func (h *Handler) drop(g *oauth.Grant, kind oauth.Kind, hash oauth.Hash) bool {
	switch kind {
	case oauth.AccessToken:
		before := len(g.Access)
		g.Access = slices.DeleteFunc(g.Access, func(a oauth.AccessState) bool { return a.Hash.Equal(hash) })
		return len(g.Access) < before
	case oauth.RefreshToken:
		if g.Refresh == nil || !(g.Refresh.Current.Equal(hash) || g.Refresh.Previous.Equal(hash)) {
			return false
		}
		g.Revoke(h.Now())
		return true
	}
	return false
}
