package mcp

import "github.com/go-json-experiment/json/jsontext"

// Params are the members of a request's params that an edge reads. Those that
// are missing or of a wrong kind are empty.
type Params struct {
	Meta      jsontext.Value
	Name      string // of a tool or a prompt
	URI       string // of a resource
	Arguments jsontext.Value
}

// ReadParams reads the params of a message that [Decode] has taken. What is no
// object has no members.
func ReadParams(params jsontext.Value) Params {
	var p Params
	eachMember(params, func(name, value jsontext.Value, _ span) bool {
		switch string(name) {
		case `"_meta"`:
			p.Meta = value
		case `"name"`:
			p.Name, _ = unquote(value)
		case `"uri"`:
			p.URI, _ = unquote(value)
		case `"arguments"`:
			p.Arguments = value
		}
		return true
	})
	return p
}
