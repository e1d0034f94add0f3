package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPlain bounds a stranger's text on a page, in characters.
const maxPlain = 80

// Plain makes a text that strangers chose fit to stand in a sentence: on one
// line, bounded, and without the characters that are invisible or turn the
// text around them, by which one name is made to look like another.
func Plain(s string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) || r == '\u2800' || r == '\u3164' {
			gap = n > 0
			continue
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError || unicode.In(r, unicode.Mn, unicode.Me, unicode.Variation_Selector) {
			continue
		}
		if gap {
			b.WriteByte(' ')
			n, gap = n+1, false
		}
		if n >= maxPlain {
			return b.String() + "…"
		}
		b.WriteRune(r)
		n++
	}
	if n == 0 {
		return "an application without a name"
	}
	return b.String()
}

// initial is the letter that stands for a name.
func initial(name string) string {
	for _, r := range Plain(name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}
