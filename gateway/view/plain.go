package view

import (
	"strconv"
	"strings"
	"unicode"
)

// isPlain reports whether a URI is written as its server would write it: with
// its scheme in lower case, without dot segments, and with nothing encoded
// that need not be (RFC 3986, section 6.2.2).
func isPlain(uri string) bool {
	scheme, rest, _ := strings.Cut(uri, ":")
	if strings.ToLower(scheme) != scheme || strings.ContainsAny(rest, "\\") {
		return false
	}
	path, _, _ := strings.Cut(rest, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	for _, encoded := range strings.Split(rest, "%")[1:] {
		c, err := strconv.ParseUint(encoded[:min(2, len(encoded))], 16, 8)
		if err != nil || c == '/' || c == '.' || c == '\\' || c == '-' || c == '_' || c == '~' || c < 0x80 && unicode.IsOneOf(alphanumeric, rune(c)) {
			return false
		}
	}
	return true
}

var alphanumeric = []*unicode.RangeTable{unicode.Letter, unicode.Digit}
