package mcp

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Member returns the member of an object, or nil if there is none or object is
// no object. The value points into object.
func Member(object jsontext.Value, name string) jsontext.Value {
	at := memberSpan(object, name)
	if at.end == 0 {
		return nil
	}
	return object[at.start:at.end:at.end]
}

// StringMember returns a member that is a string, else "".
func StringMember(object jsontext.Value, name string) string {
	s, err := unquote(Member(object, name))
	if err != nil {
		return ""
	}
	return s
}

// WithMember returns the object with a member set to value: in its place if
// the object has the member, else at its end. All else stays as it is, byte
// for byte. What is no object becomes one.
func WithMember(object jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	if at := memberSpan(object, name); at.end != 0 {
		b := make(jsontext.Value, 0, len(object)-(at.end-at.start)+len(value))
		b = append(append(b, object[:at.start]...), value...)
		return append(b, object[at.end:]...)
	}
	closing := len(object) - 1
	for closing > 0 && object[closing] != '}' {
		closing--
	}
	if object.Kind() != '{' || closing <= 0 {
		b := appendString(jsontext.Value{'{'}, name)
		return append(append(append(b, ':'), value...), '}')
	}
	b := make(jsontext.Value, 0, len(object)+len(name)+len(value)+4)
	b = append(b, object[:closing]...)
	if !emptyObject(object[:closing]) {
		b = append(b, ',')
	}
	b = appendString(b, name)
	b = append(append(b, ':'), value...)
	return append(b, object[closing:]...)
}

// WithString is [WithMember] for a member that is a string.
func WithString(object jsontext.Value, name, value string) jsontext.Value {
	return WithMember(object, name, appendString(nil, value))
}

// memberSpan tells where the value of a member stands in object. The end is 0
// if there is none.
func memberSpan(object jsontext.Value, name string) (found span) {
	eachMember(object, func(key, _ jsontext.Value, at span) bool {
		if isString(key, name) {
			found = at
		}
		return found.end == 0
	})
	return found
}

// emptyObject reports whether nothing stands after the brace that open begins
// with.
func emptyObject(open jsontext.Value) bool {
	for i := len(open) - 1; i >= 0; i-- {
		switch open[i] {
		case ' ', '\t', '\r', '\n':
		case '{':
			return true
		default:
			return false
		}
	}
	return true
}

// WithoutMembers returns the object without the members of those names. What
// is no object stays as it is.
func WithoutMembers(object jsontext.Value, names ...string) jsontext.Value {
	b := append(make(jsontext.Value, 0, len(object)), '{')
	err := eachMember(object, func(name, value jsontext.Value, _ span) bool {
		if slices.ContainsFunc(names, func(s string) bool { return isString(name, s) }) {
			return true
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
		return true
	})
	if err != nil {
		return object
	}
	return append(b, '}')
}
