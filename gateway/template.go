package gateway

import "strings"

// pattern is a URI template (RFC 6570), as what it can become.
type pattern struct {
	parts   []piece
	literal int // characters that are given: the more, the better it fits
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

// readTemplate reads a URI template. What is no template is a text.
func readTemplate(template string) pattern {
	var p pattern
	for template != "" {
		text, rest, found := strings.Cut(template, "{")
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed || inside == "" {
			text, after = template, ""
			inside = ""
		}
		if text != "" {
			p.parts = append(p.parts, piece{text: text})
			p.literal += len(text)
		}
		if inside != "" {
			p.parts = append(p.parts, expression(inside))
		}
		template = after
	}
	return p
}

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

// longestURI bounds the URIs that are held to templates.
const longestURI = 8 << 10

// matches reports whether the template can become the URI. It looks at each
// character once for each piece, however many ways there are.
func (p pattern) matches(uri string) bool {
	if len(uri) > longestURI || len(p.parts) > 0 && !strings.HasPrefix(uri, p.parts[0].text) {
		return false
	}
	here, next := make([]bool, len(uri)+1), make([]bool, len(uri)+1)
	here[0] = true
	for _, part := range p.parts {
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
