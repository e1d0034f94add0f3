package oauth

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxURI bounds every URI that a client gives.
const maxURI = 2048

// CheckRedirect says whether a client may register a redirect URI, and if not,
// why. Allowed are https anywhere, http on the loopback interface (RFC 8252,
// section 7.3), and those private-use schemes that the operator listed.
//
// It fails with an [*Error] that has the code [InvalidRedirectURI].
func CheckRedirect(uri string, privateSchemes []string) error {
	r, why := parseRedirect(uri)
	if why == "" && r.private() && !slices.Contains(privateSchemes, r.scheme) {
		why = "its scheme must be https, or http on a loopback host; this server does not allow the scheme " + quote(r.scheme)
	}
	if why != "" {
		return Fail(InvalidRedirectURI, "The redirect URI "+quote(uri)+" is refused: "+why+".")
	}
	return nil
}

// MatchRedirect reports whether the redirect URI of a request is one of the
// registered ones: the same string, byte for byte. For http on a loopback host
// the port is free, since native clients take any (RFC 8252, section 7.3).
//
// What could not be registered today does not match either, so a rule that
// became stricter holds for stored clients too. Only the list of private-use
// schemes is not asked again.
func MatchRedirect(registered []string, asked string) bool {
	a, why := parseRedirect(asked)
	if why != "" {
		return false
	}
	for _, uri := range registered {
		if uri == asked {
			return true
		}
		r, why := parseRedirect(uri)
		if why == "" && r.loopback() && a.loopback() && r.host == a.host && r.rest == a.rest {
			return true
		}
	}
	return false
}

// RedirectHost returns what to show a person of a redirect URI: its host, in
// which names of other scripts stay in their ASCII form, or, of a private-use
// scheme, the scheme with its colon. It is empty for what is no redirect URI.
func RedirectHost(uri string) string {
	r, why := parseRedirect(uri)
	switch {
	case why != "":
		return ""
	case r.private():
		return r.scheme + ":"
	}
	return strings.Trim(r.host, "[]")
}

// IsLoopbackRedirect reports whether the URI leads to the person's own
// machine, where any program could be listening.
func IsLoopbackRedirect(uri string) bool {
	r, why := parseRedirect(uri)
	return why == "" && !r.private() && isLoopbackHost(r.host)
}

// redirect is a redirect URI in parts that are joined to it again, byte for
// byte: scheme "://" host port rest. Only the port can vary.
type redirect struct {
	scheme string
	host   string // with the brackets of an IPv6 address
	rest   string // path and query
}

func (r redirect) private() bool  { return r.scheme != "https" && r.scheme != "http" }
func (r redirect) loopback() bool { return r.scheme == "http" }

// parseRedirect takes a redirect URI apart. If it may not be one, whatever the
// operator allows, why says so.
func parseRedirect(uri string) (r redirect, why string) {
	switch {
	case uri == "":
		return r, "it is empty"
	case len(uri) > maxURI:
		return r, "it is longer than " + strconv.Itoa(maxURI) + " bytes"
	case !onlyURICharacters(uri):
		return r, "it has characters that a URI cannot have"
	case strings.Contains(uri, "*"):
		return r, "wildcards are not supported"
	case strings.Contains(uri, "#"):
		return r, "it has a fragment"
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || u.Opaque != "":
		return r, "it is not an absolute URI with a path"
	case !strings.HasPrefix(uri, u.Scheme+":"):
		return r, "its scheme must be in lower case"
	case slices.Contains(unsafeSchemes, u.Scheme):
		return r, "its scheme is not safe to redirect to"
	case u.User != nil || strings.Contains(u.Host, "@"):
		return r, "it has user information"
	case hasDotSegment(u.Path):
		return r, "its path has dot segments, an encoded slash or control characters"
	}
	r.scheme = u.Scheme
	if r.private() {
		return r, ""
	}
	authority, ok := strings.CutPrefix(uri, u.Scheme+"://")
	if !ok {
		return r, "it has no host"
	}
	end := strings.IndexAny(authority, "/?")
	if end < 0 {
		end = len(authority)
	}
	authority, r.rest = authority[:end], authority[end:]
	port := u.Port()
	r.host = strings.TrimSuffix(authority, ":"+port)
	switch {
	case r.host == "" || strings.Contains(r.host, "%"):
		return r, "it has no plain host"
	case strings.HasSuffix(authority, ":") || !validPort(port):
		return r, "its port is not a number from 1 to 65535"
	case !validHost(r.host):
		return r, "its host is neither a name nor an address in its usual form"
	case r.scheme == "http" && !isLoopbackHost(r.host):
		return r, "http is only allowed on a loopback host (127.0.0.1, [::1], localhost); use https"
	}
	return r, ""
}

// unsafeSchemes run, read or embed something instead of taking a person to an
// application. No list of the operator's makes them a redirect URI.
var unsafeSchemes = []string{
	"about", "blob", "chrome", "data", "file", "filesystem", "ftp", "intent",
	"javascript", "mailto", "tel", "vbscript", "view-source", "ws", "wss",
}

// isLoopbackHost takes the usual form of an address only. Resolvers read
// "127.1", "0177.0.0.1" or "2130706433" as loopback too, but not all do.
func isLoopbackHost(host string) bool {
	if host == "localhost" || host == "[::1]" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is4() && addr.IsLoopback()
}

// validHost refuses what one parser reads as a name and another as an address.
func validHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && !addr.Is4In6() && addr.Zone() == "" && addr.String() == inner
	}
	if strings.Trim(host, nameCharacters) != "" || strings.Trim(host, ".") != host || strings.Contains(host, "..") {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last[0] < '0' || last[0] > '9' {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// hasDotSegment looks at the decoded path, as a server behind the URI would.
func hasDotSegment(path string) bool {
	if strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return true
	}
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

// onlyURICharacters reports whether all of s is from the grammar of a URI
// (RFC 3986, section 2), in which there is no space, quote or backslash.
func onlyURICharacters(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	return true
}

// quote makes a stranger's text safe and short enough for a sentence.
func quote(s string) string {
	if len(s) > 100 {
		s = s[:100] + "..."
	}
	return "'" + describe(s) + "'"
}
