package mcp

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ParamHeaderPrefix begins the name of every header that repeats an argument
// of a tool.
const ParamHeaderPrefix = "Mcp-Param-"

// ParamHeader says that a modern client repeats an argument of a tool in a
// header, for those on the way who do not read bodies.
type ParamHeader struct {
	Header string   // canonical name, with its prefix: "Mcp-Param-Region"
	Path   []string // where in the arguments the value stands
}

// ParamHeaders returns what the x-mcp-header annotations in the input schema
// of a tool ask for, in the order of their paths. Annotations that the
// specification does not allow are left out: on anything but a string, an
// integer or a boolean, with a name that no header can have, or with a name
// that stands twice.
func ParamHeaders(inputSchema jsontext.Value) []ParamHeader {
	all := appendParamHeaders(nil, inputSchema, nil)
	slices.SortFunc(all, func(a, b ParamHeader) int { return slices.Compare(a.Path, b.Path) })
	var kept []ParamHeader
	for _, h := range all {
		same := func(k ParamHeader) bool { return k.Header == h.Header }
		if !slices.ContainsFunc(kept, same) {
			kept = append(kept, h)
		}
	}
	return kept
}

func appendParamHeaders(found []ParamHeader, schema jsontext.Value, path []string) []ParamHeader {
	var s struct {
		Properties map[string]jsontext.Value `json:"properties"`
	}
	if schema.Kind() != '{' || len(path) > MaxDepth || unmarshal(schema, &s) != nil {
		return found
	}
	for name, property := range s.Properties {
		at := append(slices.Clone(path), name)
		if header := annotation(property); header != "" {
			found = append(found, ParamHeader{Header: header, Path: at})
		}
		found = appendParamHeaders(found, property, at)
	}
	return found
}

// annotation returns the header that a property asks for, or nothing.
func annotation(property jsontext.Value) string {
	var p struct {
		Type   string `json:"type"`
		Header string `json:"x-mcp-header"`
	}
	if property.Kind() != '{' || unmarshal(property, &p) != nil || !isToken(p.Header) {
		return ""
	}
	if p.Type != "string" && p.Type != "integer" && p.Type != "boolean" {
		return ""
	}
	return textproto.CanonicalMIMEHeaderKey(ParamHeaderPrefix + p.Header)
}

// isToken reports whether s can be the name of a header (RFC 9110, section
// 5.6.2).
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	}) < 0
}
