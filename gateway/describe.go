package gateway

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// mergeCapabilities joins what the backends can do: a capability stands if one
// of them has it, and so does each of its members.
func mergeCapabilities(parts []*Catalog) jsontext.Value {
	if len(parts) == 1 {
		return parts[0].Capabilities
	}
	all := map[string]map[string]jsontext.Value{}
	for _, part := range parts {
		var one map[string]map[string]jsontext.Value
		if json.Unmarshal(part.Capabilities, &one) != nil {
			continue // not an object of objects: nothing that can be joined
		}
		for name, members := range one {
			if all[name] == nil {
				all[name] = map[string]jsontext.Value{}
			}
			for member, value := range members {
				if old := all[name][member]; old == nil || bytes.Equal(old, []byte("false")) {
					all[name][member] = value
				}
			}
		}
	}
	merged, err := json.Marshal(all, json.Deterministic(true))
	if err != nil {
		return jsontext.Value(`{}`)
	}
	return merged
}

// mergeInstructions puts the instructions of several backends under their
// names.
func mergeInstructions(mounts []Mount, parts []*Catalog) string {
	texts := map[string]string{}
	for i, part := range parts {
		if part.Instructions != "" {
			texts[mounts[i].Name] = part.Instructions
		}
	}
	if len(parts) == 1 {
		return parts[0].Instructions
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		b.WriteString("## " + name + "\n\n" + texts[name] + "\n\n")
	}
	return strings.TrimSpace(b.String())
}
