package mcp

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Variant returns the first of names that an object has a member for whose
// name differs from it by nothing but case. Decoders that do not heed case,
// such as Go's own, would read one for the other: who decides by the member
// that is meant must not pass on such an object.
func Variant(object jsontext.Value, names ...string) (name string, found bool) {
	_ = eachMember(object, func(key, _ jsontext.Value, _ span) bool {
		key = key[1 : len(key)-1]
		for _, name = range names {
			if found = string(key) != name && bytes.EqualFold(key, []byte(name)); found {
				return false
			}
		}
		return true
	})
	if !found {
		return "", false
	}
	return name, true
}
