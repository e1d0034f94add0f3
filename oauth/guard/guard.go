// Package guard stands in front of the MCP endpoints: it makes a
// [identity.Principal] of a bearer token, or a challenge that tells the client
// how to get one (RFC 6750; RFC 9728, section 5).
//
//	request -> Guard -> Tokens -> (cache | store) -> identity.Principal
//	failure -> Guard.Render -> 401 | 403 | 503
//
// What the store says about a token is believed for a few seconds, so a call
// costs a hash and a look into a map. A store that does not answer never lets
// anyone in.
package guard

import (
	"mime"
	"net/http"
	"strings"

	"gatehouse/identity"
	"gatehouse/oauth"
)

// Guard is the door of one endpoint of one issuer.
type Guard struct {
	Issuer   string
	Resource string   // the endpoint's; a token of Root is good here too
	Root     string   // the resource that covers every endpoint of the issuer
	Metadata string   // URL of the resource's metadata (RFC 9728)
	Scopes   []string // what a client should ask for first
	Tokens   *Tokens
}

// Failures of a request's credentials. errNoToken is not an invalid token:
// its challenge carries no error, so clients begin to authorize.
var (
	errNoToken = &challenge{}
	errInvalid = &challenge{code: oauth.InvalidToken, description: "The access token is unknown, expired or revoked."}
	errForeign = &challenge{code: oauth.InvalidToken, description: "The access token was issued for another resource."}
)

// maxForm bounds what is read of a form to see whether a token is in it.
const maxForm = 64 << 10

// Authenticate returns who sent the request. Every failure of it is to be
// given to [Guard.Render].
func (g *Guard) Authenticate(r *http.Request) (identity.Principal, error) {
	// 1. One token, in the header.
	token, err := bearer(r)
	if err != nil {
		return identity.Principal{}, err
	}

	// 2. A token of ours that is still good.
	p, issuer, err := g.Tokens.resolve(r.Context(), token)
	if err != nil {
		return identity.Principal{}, err
	}

	// 3. Issued here, and for this endpoint.
	if issuer != g.Issuer || (p.Resource != g.Resource && p.Resource != g.Root) {
		return identity.Principal{}, errForeign
	}
	return p, nil
}

// bearer finds the token. Anywhere but in the header it would end in logs and
// histories, and of two nobody knows which was meant.
func bearer(r *http.Request) (string, error) {
	values := r.Header["Authorization"]
	if len(values) > 1 {
		return "", oauth.Fail(oauth.InvalidRequest, "There is more than one Authorization header.")
	}
	if r.URL.RawQuery != "" && r.URL.Query().Has("access_token") {
		return "", oauth.Fail(oauth.InvalidRequest, "The access token belongs in the Authorization header, not in the address.")
	}
	if types := r.Header["Content-Type"]; len(types) > 0 && types[0] != "application/json" && formHasToken(r, types[0]) {
		return "", oauth.Fail(oauth.InvalidRequest, "The access token belongs in the Authorization header, not in a form.")
	}
	if len(values) == 0 {
		return "", errNoToken
	}
	const scheme = "Bearer "
	if len(values[0]) < len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme) {
		return "", errNoToken
	}
	return values[0][len(scheme):], nil
}

// formHasToken reads the body if it is a form. No endpoint behind a guard
// takes one, so nobody misses it.
func formHasToken(r *http.Request, contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/x-www-form-urlencoded" || r.Body == nil {
		return false
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	return r.ParseForm() == nil && r.PostForm.Has("access_token")
}
