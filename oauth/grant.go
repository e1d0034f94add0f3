package oauth

import (
	"slices"
	"strings"
	"time"
)

// Grant is what a person allowed a client, and every token that came of it. It
// is kept as one record, under its id.
type Grant struct {
	ID       string    `json:"id"`
	Subject  string    `json:"subject"` // the person
	Name     string    `json:"name"`
	ClientID string    `json:"clientId"`
	Client   string    `json:"client"` // the client's name when it was granted
	Issuer   string    `json:"issuer"`
	Resource string    `json:"resource"` // the audience
	Scopes   []string  `json:"scopes"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"` // the end of all of it, however active
	Revoked  time.Time `json:"revoked,omitzero"`
	Label    string    `json:"label,omitempty"` // of a personal access token

	Code    *CodeState    `json:"code,omitempty"`
	Refresh *RefreshState `json:"refresh,omitempty"`
	Access  []AccessState `json:"access,omitempty"`
}

// CodeState is the authorization code of a grant. It stays after it was
// redeemed, so that a replay is known as one.
type CodeState struct {
	Hash        Hash      `json:"hash"`
	RedirectURI string    `json:"redirectUri"`
	Challenge   string    `json:"challenge"` // PKCE, S256
	Expires     time.Time `json:"expires"`
	Used        bool      `json:"used,omitzero"`
	UsedAt      time.Time `json:"usedAt,omitzero"`
	Failures    int       `json:"failures,omitzero"` // wrong verifiers so far
}

// RefreshState is the refresh token of a grant and the one before it.
type RefreshState struct {
	Current  Hash      `json:"current"`
	Previous Hash      `json:"previous,omitzero"`
	Rotated  time.Time `json:"rotated,omitzero"` // when Previous was replaced
	IdleEnds time.Time `json:"idleEnds"`
	// Successor is the answer that the rotation gave, sealed under a key that
	// only the holder of the previous token can derive: whoever lost that
	// answer and asks again within the grace gets the same one.
	Successor []byte `json:"successor,omitempty"`
}

// AccessState is one access token of a grant.
type AccessState struct {
	Hash    Hash      `json:"hash"`
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires"`
}

// ClientSubject is the subject of a client that acts for itself.
func ClientSubject(clientID string) string { return clientPrefix + clientID }

// clientPrefix is of no way in which a person could log in.
const clientPrefix = "client:"

// Person reports whether a person is behind the grant, rather than a client
// that acts for itself.
func (g *Grant) Person() bool { return !strings.HasPrefix(g.Subject, clientPrefix) }

// Live reports whether the grant can still be used at a time.
func (g *Grant) Live(now time.Time) bool {
	return g.Revoked.IsZero() && now.Before(g.Expires)
}

// Ends is when the record can be forgotten: nothing of it is good after that.
// It is the life of a row of the table of grants.
func (g *Grant) Ends() time.Time {
	var end time.Time
	if g.Code != nil {
		end = g.Code.Expires
	}
	for _, a := range g.Access {
		end = later(end, a.Expires)
	}
	if g.Refresh != nil {
		end = later(end, g.Refresh.IdleEnds)
	}
	if end.IsZero() || end.After(g.Expires) {
		return g.Expires
	}
	return end
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// FindAccess returns the live access token with the hash.
func (g *Grant) FindAccess(hash Hash, now time.Time) (AccessState, bool) {
	for _, a := range g.Access {
		if a.Hash.Equal(hash) && now.Before(a.Expires) && g.Live(now) {
			return a, true
		}
	}
	return AccessState{}, false
}

// AddAccess records an access token and forgets the expired ones. Of the live
// ones it keeps the newest most.
func (g *Grant) AddAccess(a AccessState, now time.Time) {
	g.Access = slices.DeleteFunc(g.Access, func(old AccessState) bool { return !now.Before(old.Expires) })
	if over := len(g.Access) + 1 - maxAccess; over > 0 {
		g.Access = slices.Delete(g.Access, 0, over)
	}
	g.Access = append(g.Access, a)
}

// maxAccess bounds the live access tokens of one grant.
const maxAccess = 16

// Revoke ends the grant and every token of it.
func (g *Grant) Revoke(now time.Time) {
	if g.Revoked.IsZero() {
		g.Revoked = now
	}
	g.Access = nil
}
