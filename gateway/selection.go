package gateway

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// shows reports whether an entry is one of those that clients see.
func (s *Selection) shows(name string) bool {
	is := func(pattern string) bool { return glob(pattern, name) }
	return (len(s.Include) == 0 || slices.ContainsFunc(s.Include, is)) && !slices.ContainsFunc(s.Exclude, is)
}

// hides reports whether a URI that is in no list is one of those that clients
// must not reach. Where the operator has chosen, neither may one that servers
// read in several ways.
func (s *Selection) hides(uri string) bool {
	if len(s.Include) == 0 && len(s.Exclude) == 0 {
		return false
	}
	return !isPlain(uri) || slices.ContainsFunc(s.Exclude, func(pattern string) bool { return glob(pattern, uri) })
}

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

// apply returns an entry as clients see it, but for its name.
func (o Override) apply(raw jsontext.Value) jsontext.Value {
	if o.Title != "" {
		raw = mcp.WithString(raw, "title", o.Title)
	}
	if o.Description != "" {
		raw = mcp.WithString(raw, "description", o.Description)
	}
	if len(o.Annotations) == 0 {
		return raw
	}
	annotations := mcp.Member(raw, "annotations")
	if annotations.Kind() != '{' {
		return mcp.WithMember(raw, "annotations", o.Annotations)
	}
	var members map[string]jsontext.Value
	if json.Unmarshal(o.Annotations, &members) != nil {
		return raw
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		annotations = mcp.WithMember(annotations, name, members[name])
	}
	return mcp.WithMember(raw, "annotations", annotations)
}
