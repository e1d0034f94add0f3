package oauth

import (
	"slices"
	"strconv"
	"strings"
)

// maxScopes bounds the scopes of one request.
const maxScopes = 50

// OfflineAccess is the scope by which clients ask for a refresh token. The
// authorization server knows it; a resource never lists it.
const OfflineAccess = "offline_access"

// ParseScope reads a scope parameter (RFC 6749, section 3.3) in the order in
// which it was written, each scope once. Empty text is no scopes.
//
// It fails with an [*Error] that has the code [InvalidScope].
func ParseScope(s string) ([]string, error) {
	var scopes []string
	for token := range strings.SplitSeq(s, " ") {
		switch {
		case token == "" || slices.Contains(scopes, token):
			continue
		case strings.ContainsFunc(token, notScope):
			return nil, Fail(InvalidScope, "A scope is printable ASCII without quotes and backslashes; scopes are separated by one space.")
		case len(scopes) == maxScopes:
			return nil, Fail(InvalidScope, "A request can name at most "+strconv.Itoa(maxScopes)+" scopes.")
		}
		scopes = append(scopes, token)
	}
	return scopes, nil
}

// IsScope reports whether s is one scope.
func IsScope(s string) bool { return s != "" && !strings.ContainsFunc(s, notScope) }

func notScope(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }

// FormatScope writes scopes as one parameter.
func FormatScope(scopes []string) string { return strings.Join(scopes, " ") }

// Subset reports whether every scope wanted is one of those had.
func Subset(want, have []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}
