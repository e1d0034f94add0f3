package token

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// maxFailures is how many wrong verifiers burn a code.
const maxFailures = 5

var (
	errReplayed      = errors.New("the code was used before")
	errRetried       = errors.New("the code was used a moment ago, by the same client")
	errWrongVerifier = errors.New("the verifier is wrong")
)

// redeem exchanges a code (RFC 6749, section 4.1.3). All checks and the use of
// the code are one swap, so of many at once exactly one gets tokens.
func (h *Handler) redeem(ctx context.Context, req request) (answer, error) {
	code, id, err := readToken(req.form, "code", oauth.Code)
	if err != nil {
		return answer{}, err
	}
	var ans answer
	_, err = h.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		if err := h.checkCode(g, req, oauth.HashToken(code)); err != nil {
			return err
		}
		if err := h.checkPerson(ctx, g.Subject); err != nil {
			return err
		}
		scopes, err := askedScopes(req.form, g.Scopes)
		if err != nil {
			return err
		}
		g.Code.Used = true
		g.Code.UsedAt = req.now
		g.Scopes = scopes
		ans = h.issue(g, req.client, req.now)
		return nil
	})
	switch {
	case err == nil:
		return ans, nil
	case errors.Is(err, fault.NotFound):
		return answer{}, invalidGrant("The code is not known. It may have expired.")
	case errors.Is(err, errRetried):
		return answer{}, invalidGrant("The code was used already.")
	case errors.Is(err, errReplayed):
		if err := h.stolen(ctx, id, "code"); err != nil {
			return answer{}, err
		}
		return answer{}, invalidGrant("The code was used before. Every token of it is revoked.")
	case errors.Is(err, errWrongVerifier):
		return answer{}, h.countFailure(ctx, id)
	}
	return answer{}, err
}

// checkCode goes through the checks in an order in which no stranger learns or
// ends anything: first whose code it is, then whether it was used.
func (h *Handler) checkCode(g *oauth.Grant, req request, hash oauth.Hash) error {
	verifier := req.form.Get("code_verifier")
	redirect := req.form.Get("redirect_uri")
	switch c := g.Code; {
	case c == nil || !c.Hash.Equal(hash) || g.Issuer != h.Issuer:
		return invalidGrant("The code is not known. It may have expired.")
	case g.ClientID != req.client.ID:
		return invalidGrant("The code was given to another client.")
	case !g.Revoked.IsZero():
		return invalidGrant("The grant of the code was revoked.")
	case c.Used:
		return h.judgeReplay(c, req)
	case c.Failures >= maxFailures || !g.Live(req.now) || !req.now.Before(c.Expires):
		return invalidGrant("The code has expired.")
	case redirect != "" && redirect != c.RedirectURI:
		// OAuth 2.1 leaves the parameter out: the verifier does its work. A
		// client that sends it must send the same.
		return invalidGrant("The redirect_uri is not the one of the authorization request.")
	case verifier == "":
		return invalidGrant("The request has no code_verifier.")
	case !oauth.VerifyPKCE(c.Challenge, verifier):
		return errWrongVerifier
	}
	return checkResource(req.form, g.Resource)
}

// judgeReplay tells a client that lost its answer from a thief.
//
// A code that comes again ends what it gave (RFC 6749, section 4.1.2), since
// somebody else may have been first. But a client whose connection broke sends
// the very same request again within moments, and so do two halves of one that
// race; ending the grant then logs a person out for nothing. They hold the
// verifier, which never left the client: who stole the code from a redirect
// does not. So a replay with the right verifier right after the redemption is
// only refused. Nobody ever gets tokens twice.
func (h *Handler) judgeReplay(c *oauth.CodeState, req request) error {
	soon := req.now.Sub(c.UsedAt) <= h.Lives.Retry
	if soon && oauth.VerifyPKCE(c.Challenge, req.form.Get("code_verifier")) {
		return errRetried
	}
	return errReplayed
}

// countFailure makes guessing at a verifier end the code.
func (h *Handler) countFailure(ctx context.Context, id string) error {
	_, err := h.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		if g.Code != nil && !g.Code.Used {
			g.Code.Failures++
		}
		return nil
	})
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	return invalidGrant("The code_verifier does not match the code_challenge.")
}

// issue gives a grant its first tokens. A client that registered for refresh
// tokens gets one, whether or not it asked for offline_access: that is what
// MCP clients expect.
func (h *Handler) issue(g *oauth.Grant, c oauth.Client, now time.Time) answer {
	if !c.May(oauth.GrantRefresh) {
		g.Expires = now.Add(h.Lives.Access)
		return h.addAccess(g, g.Scopes, now)
	}
	g.Expires = now.Add(h.Lives.Absolute)
	refresh := oauth.NewToken(oauth.RefreshToken, g.ID)
	g.Refresh = &oauth.RefreshState{
		Current:  oauth.HashToken(refresh),
		IdleEnds: now.Add(h.Lives.Idle),
	}
	ans := h.addAccess(g, g.Scopes, now)
	ans.Refresh = refresh
	return ans
}

// addAccess gives a grant an access token, which never outlives it.
func (h *Handler) addAccess(g *oauth.Grant, scopes []string, now time.Time) answer {
	expires := now.Add(h.Lives.Access)
	if expires.After(g.Expires) {
		expires = g.Expires
	}
	access := oauth.NewToken(oauth.AccessToken, g.ID)
	g.AddAccess(oauth.AccessState{Hash: oauth.HashToken(access), Scopes: scopes, Expires: expires}, now)
	return answer{
		Access:    access,
		Type:      "Bearer",
		ExpiresIn: int64(expires.Sub(now) / time.Second),
		Scope:     oauth.FormatScope(scopes),
	}
}
