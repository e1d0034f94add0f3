package view

import "strings"

// glob reports whether the pattern stands for the whole text: * for any part
// of it, ? for one character.
func glob(pattern, text string) bool {
	after, again := "", "" // the last star, and what it has not taken yet
	starred := false
	for text != "" {
		switch {
		case strings.HasPrefix(pattern, "*"):
			pattern = pattern[1:]
			after, again, starred = pattern, text, true
		case pattern != "" && (pattern[0] == '?' || pattern[0] == text[0]):
			n := 1
			if pattern[0] == '?' {
				n = width(text)
			}
			pattern, text = pattern[1:], text[n:]
		case starred: // the star takes one more
			again = again[1:]
			pattern, text = after, again
		default:
			return false
		}
	}
	return strings.Trim(pattern, "*") == ""
}

// width is how many bytes the first character of a text has.
func width(text string) int {
	for i := range text {
		if i > 0 {
			return i
		}
	}
	return len(text)
}
