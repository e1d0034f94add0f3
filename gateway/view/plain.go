package view

import (
	"strconv"
	"strings"
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
		if len(encoded) < 2 {
			return false
		}
		c, err := strconv.ParseUint(encoded[:2], 16, 8)
		if err != nil || strings.ContainsRune(needless, rune(c)) {
			return false
		}
	}
	return true
}

// needless are the characters that are never encoded (RFC 3986, section 2.3),
// and those that lead elsewhere if a server decodes them.
const needless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + `/\`
