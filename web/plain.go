package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPlain bounds a stranger's text on a page, in characters.
const maxPlain = 80

// maxMarks is how many marks may follow one letter. Languages need two.
const maxMarks = 2

// Plain makes a text that strangers chose fit to stand in a sentence: on one
// line, bounded, and without the characters that are invisible, turn the text
// around them or pile up over it, by which one name is made to look like
// another.
func Plain(s string) string {
	var b strings.Builder
	n, marks, gap := 0, 0, false
	for _, r := range s {
		if isBlank(r) {
			gap = n > 0
			continue
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError || unicode.In(r, unicode.Me, unicode.Variation_Selector) {
			continue
		}
		if marks++; !unicode.Is(unicode.Mn, r) {
			marks = 0
		}
		if marks > maxMarks {
			continue
		}
		if gap {
			n++ // the blank before it
		}
		if n >= maxPlain {
			return b.String() + "…"
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
		n++
	}
	if n == 0 {
		return "an application without a name"
	}
	return b.String()
}

// isBlank also knows the letters that are drawn as nothing.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\u115f\u1160\u2800\u3164\uffa0", r)
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
