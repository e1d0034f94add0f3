package doctor

import (
	"net/http"
	"strings"
)

// challenge is one way to authenticate that a server offers in
// WWW-Authenticate (RFC 9110, section 11.6.1). Names are in lower case.
type challenge struct {
	scheme string
	params map[string]string
}

// bearer returns the Bearer challenge among all that the header has.
func bearer(h http.Header) (challenge, bool) {
	for _, line := range h.Values("WWW-Authenticate") {
		for _, c := range parseChallenges(line) {
			if c.scheme == "bearer" {
				return c, true
			}
		}
	}
	return challenge{}, false
}

// parseChallenges reads as much of the header as can be understood. One field
// may hold several challenges, whose parameters are set apart by the same
// comma as the challenges are.
func parseChallenges(s string) []challenge {
	var all []challenge
	for {
		s = strings.TrimLeft(s, " \t,")
		name, rest := cutToken(s)
		if name == "" {
			return all
		}
		name = strings.ToLower(name)
		value, after, isParam := cutValue(rest)
		if !isParam || len(all) == 0 {
			all = append(all, challenge{scheme: name, params: make(map[string]string)})
			s = rest
			continue
		}
		if params := all[len(all)-1].params; params[name] == "" {
			params[name] = value
		}
		s = after
	}
}

// cutValue takes "=value" off the front of s, where the value is a token or a
// quoted string.
func cutValue(s string) (value, rest string, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimLeft(s, " \t"), "=")
	if !ok {
		return "", s, false
	}
	s = strings.TrimLeft(s, " \t")
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		value, rest = cutQuoted(quoted)
		return value, rest, true
	}
	value, rest = cutToken(s)
	return value, rest, true
}

// cutQuoted reads up to the closing quote; a missing one ends with s.
func cutQuoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// cutToken takes a token off the front of s (RFC 9110, section 5.6.2).
func cutToken(s string) (token, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`|~", r) &&
			(r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}
