package builtin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"
)

// shape is a schema made ready to hold JSON text to it. It knows the keywords
// that come of Go types, and no others.
type shape struct {
	kinds      kinds // zero is any
	properties map[string]property
	required   []string
	extra      *shape // of properties that are not named
	closed     bool   // no properties but the named ones
	items      *shape
	minimum    *float64
	maximum    *float64
	length     *int // of an array
}

type property struct {
	*shape
	required int // where in required, or -1
}

// kinds is a set of JSON types.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBoolean
	isInteger
	isNumber
	isString
	isArray
	isObject
)

var kindNames = []string{"null", "boolean", "integer", "number", "string", "array", "object"}

func shapeOf(s *jsonschema.Schema) *shape {
	sh := &shape{minimum: s.Minimum, maximum: s.Maximum, length: s.MinItems, required: s.Required}
	for _, name := range append(slices.Clone(s.Types), s.Type) {
		if i := slices.Index(kindNames, name); i >= 0 {
			sh.kinds |= 1 << i
		}
	}
	if s.Items != nil {
		sh.items = shapeOf(s.Items)
	}
	if extra := s.AdditionalProperties; extra != nil {
		sh.closed = extra.Not != nil // how the library writes the schema false
		sh.extra = shapeOf(extra)
	}
	sh.properties = make(map[string]property, len(s.Properties))
	for name, p := range s.Properties {
		sh.properties[name] = property{shapeOf(p), slices.Index(s.Required, name)}
	}
	return sh
}

// inputError says what is wrong with arguments, in words for whoever wrote
// them. Its path runs from the arguments to the place.
type inputError struct {
	path   []string
	reason string
}

func (e *inputError) Error() string {
	if len(e.path) == 0 {
		return "Invalid arguments: " + e.reason
	}
	return fmt.Sprintf("Invalid arguments: property %q: %s", strings.Join(e.path, "."), e.reason)
}

func wrong(format string, args ...any) *inputError {
	return &inputError{reason: fmt.Sprintf(format, args...)}
}

func (e *inputError) in(name string) *inputError {
	e.path = slices.Insert(e.path, 0, name)
	return e
}

func (s *shape) want(kind kinds, got string) *inputError {
	if s.kinds == 0 || s.kinds&kind != 0 {
		return nil
	}
	var names []string
	for i, name := range kindNames {
		if s.kinds&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return wrong("want %s, got %s", strings.Join(names, " or "), got)
}

func malformed(err error) *inputError {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return wrong("a property stands twice")
	}
	return wrong("not JSON")
}
