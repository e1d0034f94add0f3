package builtin

import (
	"encoding"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"
)

// schema is what a Go type looks like in JSON: for clients to read, and for
// values to be held to.
type schema struct {
	raw   jsontext.Value // JSON Schema, draft 2020-12
	shape *shape
}

// schemaOf makes the schema of a struct or of a map.
func schemaOf(t reflect.Type) (schema, error) {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return schema{}, fmt.Errorf("%v is no struct and no map", t)
	}
	special := make(map[reflect.Type]*jsonschema.Schema)
	collectSpecial(t, special, make(map[reflect.Type]bool))
	if special[t] != nil {
		return schema{}, fmt.Errorf("%v writes its own JSON, so its properties are not known", t)
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: special})
	if err != nil {
		return schema{}, err
	}
	plainArrays(s)
	if s.Properties == nil && t.Kind() == reflect.Struct {
		s.Properties = map[string]*jsonschema.Schema{} // some clients insist on the member
	}
	// A type that cannot be read at all is found now, not in the first call.
	probe := reflect.New(t).Interface()
	if err := json.Unmarshal([]byte("{}"), probe, strict); err != nil {
		return schema{}, err
	}
	raw, err := stdjson.Marshal(s)
	if err != nil {
		return schema{}, err
	}
	return schema{raw: raw, shape: shapeOf(s)}, nil
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()

	ownJSON = []reflect.Type{
		reflect.TypeFor[stdjson.Marshaler](), reflect.TypeFor[stdjson.Unmarshaler](),
		reflect.TypeFor[json.MarshalerTo](), reflect.TypeFor[json.UnmarshalerFrom](),
	}
	ownText = []reflect.Type{
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

// collectSpecial finds the types inside t whose JSON is not that of their
// kind: bytes are base64, what has a text form is a string, and of what
// writes its own JSON nothing is known.
func collectSpecial(t reflect.Type, special map[reflect.Type]*jsonschema.Schema, seen map[reflect.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	switch {
	case t == timeType:
		special[t] = &jsonschema.Schema{Type: "string", Format: "date-time"}
		return
	case t.Kind() == reflect.Interface:
		return
	case implements(t, ownJSON):
		special[t] = &jsonschema.Schema{}
		return
	case implements(t, ownText):
		special[t] = &jsonschema.Schema{Type: "string"}
		return
	case t == bytesType:
		special[t] = &jsonschema.Schema{Type: "string", ContentEncoding: "base64"}
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		collectSpecial(t.Elem(), special, seen)
	case reflect.Struct:
		for field := range t.Fields() {
			if field.IsExported() || field.Anonymous {
				collectSpecial(field.Type, special, seen)
			}
		}
	}
}

// plainArrays takes null away from arrays. A nil slice is written as [], and
// some clients cannot show a type that is two.
func plainArrays(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if slices.Equal(s.Types, []string{"null", "array"}) {
		s.Type, s.Types = "array", nil
	}
	plainArrays(s.Items)
	plainArrays(s.AdditionalProperties)
	for _, p := range s.Properties {
		plainArrays(p)
	}
}

func implements(t reflect.Type, any []reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		return false // its element is asked
	}
	for _, i := range any {
		if t.Implements(i) || reflect.PointerTo(t).Implements(i) {
			return true
		}
	}
	return false
}

// unreadable says what is wrong with arguments that have the right shape and
// still do not fit the Go type, such as a number that is too large.
func unreadable(err error) error {
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return &inputError{reason: "cannot be read"}
	}
	in := &inputError{reason: "cannot be read"}
	if e.JSONKind != 0 {
		in.reason = "this " + e.JSONKind.String() + " cannot be read"
	}
	if e.GoType != nil && e.JSONKind == '0' {
		in.reason = "number out of range"
	}
	for token := range e.JSONPointer.Tokens() {
		in.path = append(in.path, token)
	}
	return in
}
