package gateway

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// members are the names of the lists in their results.
var members = [kinds]string{"tools", "prompts", "resources", "resourceTemplates"}

// MetaBackends is the member of a list's _meta that says which backends the
// list lacks, or whose part of it may be out of date: an object of backends,
// each with a state ("stale", "unreachable") and since when (RFC 3339). A list
// that is complete and fresh has no such member.
const MetaBackends = "gatehouse/backends"

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
	return mcp.Result{Raw: page(k, items, size, c.meta())}, nil
}

// page writes the result of a list. meta is nil for none.
func page(k kind, items []item, size int, meta jsontext.Value) jsontext.Value {
	more := len(items) > size
	if more {
		items = items[:size]
	}
	n := 128 + len(meta)
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
	if meta != nil {
		b = append(append(b, `,"_meta":`...), meta...)
	}
	return append(b, '}')
}

// lack is what a list says of a backend that is not as it should be.
type lack struct {
	State string    `json:"state"`
	Since time.Time `json:"since,omitzero"`
}

// meta is the _meta of a list, or nil if all backends are well.
func (c *catalog) meta() jsontext.Value {
	var lacks map[string]lack
	for i, m := range c.mounts {
		since, _ := m.line.stale()
		if c.parts[i] != nil && since.IsZero() {
			continue
		}
		if lacks == nil {
			lacks = make(map[string]lack)
		}
		state := stale
		if c.parts[i] == nil {
			state = unreachable
		}
		lacks[m.Name] = lack{state, since.UTC().Truncate(time.Second)}
	}
	if lacks == nil {
		return nil
	}
	raw, err := json.Marshal(map[string]map[string]lack{MetaBackends: lacks}, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return raw
}
