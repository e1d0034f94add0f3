package builtin

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// params are those of tools/call. They point into the request.
type params struct {
	name      []byte
	arguments jsontext.Value
	meta      jsontext.Value
}

func readParams(raw jsontext.Value) (params, error) {
	p := params{arguments: jsontext.Value("{}")}
	w := walkers.Get().(*walker)
	defer w.release()
	w.reset(raw)
	if w.PeekKind() != '{' {
		return p, mcp.InvalidParams("params must be an object")
	}
	if err := w.end(); err != nil {
		return p, mcp.InvalidParams(err.Error())
	}
	for w.PeekKind() != '}' {
		name, err := w.ReadValue()
		if err != nil {
			return p, mcp.InvalidParams(malformed(err).Error())
		}
		value, err := w.ReadValue()
		if err != nil {
			return p, mcp.InvalidParams(malformed(err).Error())
		}
		switch string(name) {
		case `"name"`:
			p.name = unquote(value)
		case `"arguments"`:
			if value.Kind() != 'n' {
				p.arguments = value
			}
		case `"_meta"`:
			p.meta = value
		}
	}
	return p, nil
}

// unquote returns what a JSON string says, and nil for what is none.
func unquote(value jsontext.Value) []byte {
	if value.Kind() != '"' {
		return nil
	}
	if s := value[1 : len(value)-1]; bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	s, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return nil
	}
	return s
}
