package view

import (
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Override changes what clients see of an entry. What is empty stays as the
// backend has it.
type Override struct {
	Name        string // the whole name, without a prefix; not for resources
	Title       string
	Description string
	Annotations jsontext.Value // an object, whose members replace those of the entry's annotations
}

// Apply returns an entry, the object as lists show it, as clients see it but for
// its name.
func (o Override) Apply(raw jsontext.Value) jsontext.Value {
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
