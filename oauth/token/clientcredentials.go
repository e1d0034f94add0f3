package token

import (
	"context"
	"slices"

	"gatehouse/oauth"
)

// clientCredentials gives a client a token of its own (RFC 6749, section 4.4).
// Only a client that the operator configured can have one: with the others it
// would be a way in for everybody. There is no refresh token.
func (h *Handler) clientCredentials(ctx context.Context, req request) (answer, error) {
	c := req.client
	if c.Origin != oauth.Configured || c.Public() {
		return answer{}, oauth.Fail(oauth.UnauthorizedClient, "Only configured clients with credentials can use client_credentials.")
	}
	resource := h.Root
	if asked := req.form.Get("resource"); asked != "" {
		known, ok := oauth.MatchResource(h.Resources, asked)
		if !ok {
			return answer{}, oauth.Fail(oauth.InvalidTarget, "The resource is not one of this server.")
		}
		resource = known
	}
	scopes, err := askedScopes(req.form, h.scopesOf(c))
	if err != nil {
		return answer{}, err
	}
	subject := oauth.ClientSubject(c.ID)
	g := oauth.Grant{
		ID:       oauth.NewGrantID(oauth.ShardFor(subject, h.Shards)),
		Subject:  subject,
		Name:     c.Name,
		ClientID: c.ID,
		Client:   c.Name,
		Issuer:   h.Issuer,
		Resource: resource,
		Scopes:   scopes,
		Created:  req.now,
		Expires:  req.now.Add(h.Lives.Access),
	}
	ans := h.addAccess(&g, scopes, req.now)
	return ans, h.Grants.Insert(ctx, g.ID, g)
}

// scopesOf are those of the server that the client can have.
func (h *Handler) scopesOf(c oauth.Client) []string {
	return slices.DeleteFunc(slices.Clone(h.Scopes), func(s string) bool {
		return s == oauth.OfflineAccess || (len(c.Scopes) > 0 && !slices.Contains(c.Scopes, s))
	})
}
