package gateway

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// members are the names of the lists in their results.
var members = [kinds]string{"tools", "prompts", "resources", "resourceTemplates"}

// list answers a page of a list. A cursor is the key of the last entry that
// the client has seen, so it stays good when the list changes.
func (c *catalog) list(k kind, params jsontext.Value, size int) (mcp.Result, error) {
	items := c.lists[k]
	if cursor := mcp.Member(params, "cursor"); len(cursor) > 0 {
		last, err := base64.RawURLEncoding.DecodeString(mcp.StringMember(params, "cursor"))
		if err != nil || len(last) == 0 {
			return mcp.Result{}, mcp.InvalidParams("The cursor is not one that this server gave; begin the list again without it")
		}
		at, found := slices.BinarySearchFunc(items, string(last), func(it item, key string) int {
			return strings.Compare(it.key, key)
		})
		if found {
			at++
		}
		items = items[at:]
	}
	return mcp.Result{Raw: page(k, items, size)}, nil
}

func page(k kind, items []item, size int) jsontext.Value {
	more := len(items) > size
	if more {
		items = items[:size]
	}
	n := 64
	for _, it := range items {
		n += len(it.raw) + 1
	}
	b := make([]byte, 0, n)
	b = append(append(append(b, `{"`...), members[k]...), `":[`...)
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, it.raw...)
	}
	b = append(b, ']')
	if more {
		b = append(b, `,"nextCursor":"`...)
		b = base64.RawURLEncoding.AppendEncode(b, []byte(items[len(items)-1].key))
		b = append(b, '"')
	}
	return append(b, '}')
}
