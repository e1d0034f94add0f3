package gateway

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/tasks"
	"gatehouse/mcp"
)

// mergeCapabilities joins what the backends can do: a capability stands if one
// of them has it, and so does each of its members. The lists can change, by
// what the operator does if by nothing else. One that has never answered may
// have any list. Tasks are not listed.
func mergeCapabilities(parts []*part) jsontext.Value {
	all := jsontext.Value(`{}`)
	answered := 0
	for _, p := range parts {
		if p == nil {
			continue
		}
		if answered++; answered == 1 && p.Capabilities.Kind() == '{' {
			all = p.Capabilities
			continue
		}
		all = joinCapabilities(all, p.Capabilities)
	}
	all = tasks.Unlisted(all)
	for _, list := range []string{"prompts", "resources", "tools"} {
		can := mcp.Member(all, list)
		if can == nil && answered == len(parts) {
			continue
		}
		all = mcp.WithMember(all, list, mcp.WithMember(can, "listChanged", jsontext.Value("true")))
	}
	return all
}

func joinCapabilities(a, b jsontext.Value) jsontext.Value {
	all := map[string]map[string]jsontext.Value{}
	for _, part := range []jsontext.Value{a, b} {
		var one map[string]map[string]jsontext.Value
		if json.Unmarshal(part, &one) != nil {
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
		return a
	}
	return merged
}

// mergeInstructions puts the instructions of several backends under their
// names.
func mergeInstructions(mounts []*mount, parts []*part) string {
	if len(parts) == 1 && parts[0] != nil {
		return parts[0].Instructions
	}
	var b strings.Builder
	for i, p := range parts {
		if p != nil && p.Instructions != "" {
			b.WriteString("## " + mounts[i].Name + "\n\n" + p.Instructions + "\n\n")
		}
	}
	return strings.TrimSpace(b.String())
}
