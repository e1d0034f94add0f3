package config

import (
	"maps"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// schema is a part of a JSON Schema (draft-07, which editors know).
type schema struct {
	Schema      string             `json:"$schema,omitzero"`
	Ref         string             `json:"$ref,omitzero"`
	Title       string             `json:"title,omitzero"`
	About       string             `json:"description,omitzero"`
	Type        []string           `json:"type,omitzero"`
	Pattern     string             `json:"pattern,omitzero"`
	Enum        []any              `json:"enum,omitzero"`
	Properties  map[string]*schema `json:"properties,omitzero"`
	Additional  any                `json:"additionalProperties,omitzero"` // false, or a schema
	Names       *schema            `json:"propertyNames,omitzero"`
	Items       *schema            `json:"items,omitzero"`
	Not         *schema            `json:"not,omitzero"`
	Required    []string           `json:"required,omitzero"`
	Definitions map[string]*schema `json:"definitions,omitzero"`
}

// reference lets ${env:NAME} and ${file:PATH} stand for any value.
const reference = `\$\{(env|file):`

// Schema returns the JSON Schema of the file, for editors. It is made of the
// types that the file is read into.
func Schema() ([]byte, error) {
	m := &schemas{definitions: make(map[string]*schema)}
	root := m.object(reflect.TypeFor[Config]())
	root.Schema, root.Title, root.Definitions = "http://json-schema.org/draft-07/schema#", "The configuration of Gatehouse", m.definitions
	return json.Marshal(root, json.Deterministic(true), jsontext.WithIndent("  "))
}

type schemas struct {
	definitions map[string]*schema // by the name of the type
}

// of is the schema of a setting of this type. One that is null keeps its
// default.
func (m *schemas) of(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[Duration]():
		return &schema{Type: []string{"string", "null"}, Pattern: `^([0-9.]+(ns|us|ms|s|m|h|d))+$|` + reference}
	case reflect.TypeFor[Size]():
		return &schema{Type: []string{"integer", "string", "null"}, Pattern: `^[0-9]+ ?([KMG]iB)?$|` + reference}
	case reflect.TypeFor[Secret]():
		return &schema{Type: []string{"string", "number", "boolean", "null"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.of(t.Elem())
	case reflect.Struct:
		if m.definitions[t.Name()] == nil {
			m.definitions[t.Name()] = new(schema) // before its fields, which may be of this type
			*m.definitions[t.Name()] = *m.object(t)
		}
		return &schema{Ref: "#/definitions/" + t.Name()}
	case reflect.Map:
		return &schema{Type: []string{"object", "null"}, Additional: m.of(t.Elem())}
	case reflect.Slice:
		return &schema{Type: []string{"array", "null"}, Items: m.of(t.Elem())}
	case reflect.Bool:
		return &schema{Type: []string{"boolean", "string", "null"}, Pattern: reference}
	case reflect.Int:
		return &schema{Type: []string{"integer", "string", "null"}, Pattern: `^[0-9]+$|` + reference}
	case reflect.Float64:
		return &schema{Type: []string{"number", "string", "null"}, Pattern: reference}
	}
	return &schema{Type: []string{"string", "null"}}
}

// object is the schema of a struct.
func (m *schemas) object(t reflect.Type) *schema {
	s := &schema{Type: []string{"object"}, Properties: make(map[string]*schema), Additional: false}
	for name, f := range fieldsOf(t) {
		p := m.of(f.Type)
		if f.Type == reflect.TypeFor[map[string]Backend]() && name == "backends" {
			p.Names = &schema{Pattern: backendName}
		}
		if len(f.oneOf) > 0 {
			p = &schema{Enum: []any{nil}}
			for _, word := range f.oneOf {
				p.Enum = append(p.Enum, word)
			}
		}
		p.About = f.about
		s.Properties[name] = p
	}
	if t == reflect.TypeFor[Backend]() {
		m.addForeign(s)
	}
	return s
}

// addForeign adds what a backend may have besides: settings of other programs.
func (m *schemas) addForeign(s *schema) {
	s.Not = &schema{Required: []string{"url", "command"}}
	for name, ours := range renamed {
		s.Properties[name] = &schema{Type: s.Properties[ours].Type, About: "The same as " + ours + "."}
	}
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		s.Properties[name] = &schema{About: "Does nothing here: " + idle[name] + "."}
	}
}
