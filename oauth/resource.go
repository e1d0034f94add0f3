package oauth

import (
	"net/url"
	"strings"
)

// CanonicalResource returns the form in which resource indicators are
// compared and stored (RFC 8707, section 2): scheme and host in lower case, and
// no path instead of "/". Nothing else is changed, so a path with a slash
// more or less is another resource.
//
// It fails with an [*Error] that has the code [InvalidTarget].
func CanonicalResource(s string) (string, error) {
	if len(s) > maxURI || !onlyURICharacters(s) || strings.Contains(s, "#") {
		return "", Fail(InvalidTarget, "The resource must be an absolute URI without a fragment.")
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return "", Fail(InvalidTarget, "The resource must be an absolute http or https URI.")
	}
	rest := s[len(u.Scheme)+len("://"):]
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := strings.ToLower(rest[:end]), rest[end:]
	if path == "/" {
		path = ""
	}
	return u.Scheme + "://" + host + path, nil
}

// MatchResource returns which of the known resources, in their canonical form,
// a client asked for.
func MatchResource(known []string, asked string) (string, bool) {
	canonical, err := CanonicalResource(asked)
	if err != nil {
		return "", false
	}
	for _, k := range known {
		if k == canonical {
			return k, true
		}
	}
	return "", false
}
