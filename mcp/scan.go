package mcp

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// What [Decode] has taken is valid JSON, and is looked into several times on
// its way. The functions here walk over it without checking it again, which
// costs a tenth of reading it. Of text that is not valid they may see members
// that are none, but they never read beyond it.

// span is where a value stands in a text. The end of no span is 0.
type span struct{ start, end int }

// eachMember calls visit with the members of an object, in their order, until
// it returns false. The names are JSON strings without needless escapes, so
// that they can be compared as text.
func eachMember(object jsontext.Value, visit func(name, value jsontext.Value, at span) bool) error {
	i := skipSpace(object, 0)
	if i == len(object) || object[i] != '{' {
		return errNoObject
	}
	for i = skipSpace(object, i+1); i < len(object) && object[i] == '"'; i = skipSpace(object, i+1) {
		end := skipString(object, i)
		name, err := plain(object[i:end])
		if err != nil {
			return err
		}
		colon := skipSpace(object, end)
		if colon == len(object) || object[colon] != ':' {
			return errNoObject
		}
		at := span{start: skipSpace(object, colon+1)}
		at.end = skipValue(object, at.start)
		if at.end == at.start || at.end == len(object) {
			return errNoObject // what is not closed runs to the end
		}
		if !visit(name, object[at.start:at.end:at.end], at) {
			return nil
		}
		if i = skipSpace(object, at.end); i == len(object) || object[i] != ',' {
			break
		}
	}
	if i >= len(object) || object[i] != '}' {
		return errNoObject
	}
	return nil
}

var errNoObject = InvalidParams("Not an object")

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipString returns where the string that begins at i ends: behind the next
// quote that has no backslash before it, or an even number of them.
func skipString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		to := bytes.IndexByte(text[i:], '"')
		if to < 0 {
			break
		}
		begun := i
		i += to
		before := i
		for before > begun && text[before-1] == '\\' {
			before--
		}
		if (i-before)%2 == 0 {
			return i + 1
		}
	}
	return len(text)
}

// skipValue returns where the value that begins at i ends.
func skipValue(text []byte, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
			i++
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i++
			continue // within a number or a literal
		}
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

// plain returns a JSON string without needless escapes.
func plain(quoted jsontext.Value) (jsontext.Value, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted, nil
	}
	s, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil, err
	}
	return jsontext.AppendQuote(nil, s)
}

// isString reports whether a JSON string says s.
func isString(quoted jsontext.Value, s string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == s
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	return err == nil && string(text) == s
}
