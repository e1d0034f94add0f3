package token

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

var (
	errReused    = errors.New("the refresh token was replaced before")
	errUnchanged = errors.New("nothing to write")
)

// refresh rotates a refresh token (OAuth 2.1, section 4.3). Of many requests
// at once one rotates; the others, and those whose answer was lost, get that
// same answer within the grace. A token that comes later than that was stolen
// from somebody, and ends the grant.
func (h *Handler) refresh(ctx context.Context, req request) (answer, error) {
	token, id, err := readToken(req.form, "refresh_token", oauth.RefreshToken)
	if err != nil {
		return answer{}, err
	}
	var ans answer
	_, err = h.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		again, err := h.checkRefresh(g, req, oauth.HashToken(token))
		if err != nil {
			return err
		}
		if err := h.checkPerson(ctx, g.Subject); err != nil {
			return err
		}
		if err := checkResource(req.form, g.Resource); err != nil {
			return err
		}
		scopes, err := askedScopes(req.form, g.Scopes)
		if err != nil {
			return err
		}
		if again {
			if ans, err = reopen(g, token, req.now); err == nil {
				err = errUnchanged
			}
			return err
		}
		ans, err = h.rotate(g, token, scopes, req.now)
		return err
	})
	switch {
	case err == nil || errors.Is(err, errUnchanged):
		return ans, nil
	case errors.Is(err, fault.NotFound):
		return answer{}, invalidGrant("The refresh token is not known. It may have expired.")
	case errors.Is(err, errReused):
		if err := h.stolen(ctx, id, "refresh token"); err != nil {
			return answer{}, err
		}
		return answer{}, invalidGrant("The refresh token was replaced before. Every token of the grant is revoked.")
	}
	return answer{}, err
}

// checkRefresh says whether the token may be used, and whether it was used
// already (again) and gets the answer that it got.
//
// A token that is neither the current nor the previous one of its grant is
// either older or made up by somebody who has seen a token of the grant, which
// is where its id stands. Both are reason enough to end it.
func (h *Handler) checkRefresh(g *oauth.Grant, req request, hash oauth.Hash) (again bool, err error) {
	switch f := g.Refresh; {
	case f == nil || g.Issuer != h.Issuer:
		return false, invalidGrant("The refresh token is not known. It may have expired.")
	case g.ClientID != req.client.ID:
		return false, invalidGrant("The refresh token was given to another client.")
	case !g.Live(req.now) || !req.now.Before(f.IdleEnds):
		return false, invalidGrant("The refresh token has expired or was revoked.")
	case f.Current.Equal(hash):
		return false, nil
	case f.Previous.Equal(hash) && !req.now.After(f.Rotated.Add(h.Lives.Grace)):
		return true, nil
	}
	return false, errReused
}

// rotate replaces the refresh token. What the client gets is kept too, sealed
// for the holder of the token that it presented.
func (h *Handler) rotate(g *oauth.Grant, token string, scopes []string, now time.Time) (answer, error) {
	next := oauth.NewToken(oauth.RefreshToken, g.ID)
	ans := h.addAccess(g, scopes, now)
	ans.Refresh = next
	sealed, err := seal(token, g.ID, successor{Answer: ans, Expires: now.Add(time.Duration(ans.ExpiresIn) * time.Second)})
	if err != nil {
		return answer{}, err
	}
	g.Refresh = &oauth.RefreshState{
		Current:   oauth.HashToken(next),
		Previous:  g.Refresh.Current,
		Rotated:   now,
		IdleEnds:  now.Add(h.Lives.Idle),
		Successor: sealed,
	}
	return ans, nil
}

// reopen returns the answer that the token got when it was rotated.
func reopen(g *oauth.Grant, token string, now time.Time) (answer, error) {
	s, err := open(token, g.ID, g.Refresh.Successor)
	if err != nil {
		return answer{}, err
	}
	s.Answer.ExpiresIn = max(0, int64(s.Expires.Sub(now)/time.Second))
	return s.Answer, nil
}
