// Package uritemplate says which URIs a URI template (RFC 6570) can become.
//
//	template -> Parse -> Template.Matches(uri)
//
// It looks the other way than a client does, who expands one: what the values
// of the expressions were is for the server to tell.
package uritemplate

import "strings"

// Longest bounds the URIs that are held to templates. One that is longer
// matches none.
const Longest = 8 << 10

// Template is a URI template, as what it can become.
type Template struct {
	parts   []piece
	literal int
}

// piece is an expression, or a text that stands in the URI as it is.
type piece struct {
	text  string // of what is no expression
	first string // what the expression's values begin with, if it has any: "/", "?" …
	stop  string // characters that its values cannot hold
	open  bool   // it is one
}

// stops are the characters that the values of an expression cannot hold, by
// its operator: they would be percent-encoded, or begin another part of the
// URI (RFC 6570, section 3.2).
var stops = map[byte]string{'+': "", '#': "", '.': "/?#", '/': "?#", ';': "/?#", '?': "#", '&': "#"}

// Parse reads a URI template. What is no template is a text.
func Parse(template string) Template {
	var t Template
	for template != "" {
		text, rest, found := strings.Cut(template, "{")
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed || inside == "" {
			text, after = template, ""
			inside = ""
		}
		if text != "" {
			t.parts = append(t.parts, piece{text: text})
			t.literal += len(text)
		}
		if inside != "" {
			t.parts = append(t.parts, expression(inside))
		}
		template = after
	}
	return t
}

// Literal is how many characters of the template stand in each of its URIs: the
// more, the better it fits one.
func (t Template) Literal() int { return t.literal }

func expression(inside string) piece {
	stop, operator := stops[inside[0]]
	switch {
	case operator && inside[0] == '+':
		return piece{open: true}
	case operator:
		return piece{open: true, first: inside[:1], stop: stop}
	case strings.Contains(inside, "*"): // many servers read a list as a path
		return piece{open: true, stop: "?#"}
	}
	return piece{open: true, stop: "/?#"}
}

// Matches reports whether the template can become the URI. It looks at each
// character once for each piece, however many ways there are.
func (t Template) Matches(uri string) bool {
	if len(uri) > Longest || len(t.parts) > 0 && !strings.HasPrefix(uri, t.parts[0].text) {
		return false
	}
	here, next := make([]bool, len(uri)+1), make([]bool, len(uri)+1)
	here[0] = true
	for _, part := range t.parts {
		clear(next)
		part.reach(uri, here, next)
		here, next = next, here
	}
	return here[len(uri)]
}

// reach marks in to where the piece can end that begins at one of from.
func (p piece) reach(uri string, from, to []bool) {
	within := false // a value of the expression
	for at := range to {
		begun := at - len(p.text) - len(p.first)
		if begun >= 0 && from[begun] && uri[begun:at] == p.text+p.first {
			within, to[at] = p.open, true
		}
		if p.open && (within || from[at]) {
			to[at] = true // here it may end, or have no value at all
		}
		if at < len(uri) && strings.IndexByte(p.stop, uri[at]) >= 0 {
			within = false
		}
	}
}
