package mcp

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

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
	eachMember(params, func(name, value jsontext.Value) {
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
	})
	return p
}

// eachMember calls visit with the members of an object, in their order. The
// names are JSON strings without needless escapes, so that they can be
// compared as text.
func eachMember(object jsontext.Value, visit func(name, value jsontext.Value)) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.resetAgain(object)
	if d.PeekKind() != '{' {
		return InvalidParams("Not an object")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		if name, err = plain(name); err != nil {
			return err
		}
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		visit(name, value)
	}
	_, err := d.ReadToken()
	return err
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
