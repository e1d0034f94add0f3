// Package identity says who calls: a person, through a client, with scopes.
// The guard makes a [Principal] of a token; everything below the edge takes it
// as a parameter, never from a context.
package identity

import (
	"slices"
	"strings"
	"time"
)

// Principal is an authenticated caller.
type Principal struct {
	Subject  string    // stable id of the person, such as "dev:alice"
	Name     string    // what to call that person
	ClientID string    // the OAuth client that acts for the person
	Client   string    // the client's name, as it gave it
	Grant    string    // id of the grant that the token belongs to
	Scopes   []string  // what the token allows
	Resource string    // the audience that the token was issued for
	Expires  time.Time // when the token ends
}

// Has reports whether the caller holds every one of the scopes.
func (p Principal) Has(scopes ...string) bool {
	return len(p.Missing(scopes...)) == 0
}

// Missing returns those of the scopes that the caller lacks.
func (p Principal) Missing(scopes ...string) []string {
	var missing []string
	for _, s := range scopes {
		if !slices.Contains(p.Scopes, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// ScopeError says that a call needs scopes that the token lacks. The guard
// answers it with a 403 challenge, upon which clients ask for more
// (RFC 6750, section 3.1: insufficient_scope).
type ScopeError struct {
	Need []string // every scope of the operation, not only the missing ones
}

func (e *ScopeError) Error() string {
	return "insufficient scope: needs " + strings.Join(e.Need, " ")
}
