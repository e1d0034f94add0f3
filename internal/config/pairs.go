package config

import (
	"iter"
	"strings"

	"go.yaml.in/yaml/v4"
)

// pair is a key of a map, and what it stands for.
type pair struct{ key, value *yaml.Node }

// pairs returns what a map has: its own keys, and those that it merges from
// others and has not itself.
func (d *decoder) pairs(path string, n *yaml.Node) []pair {
	var all []pair
	var merged []*yaml.Node
	seen := make(map[string]int)
	for key, value := range children(n) {
		first, twice := seen[key.Value]
		switch {
		case key.Tag == mergeTag:
			merged = append(merged, targets(value)...)
		case twice:
			d.fail(key, join(path, key.Value), "this is already in line %d", first)
		case strings.HasPrefix(key.Value, "//"):
			d.fail(key, path, "%s", noComment)
		default:
			seen[key.Value] = key.Line
			all = append(all, pair{key, value})
		}
	}
	for _, from := range merged {
		for key, value := range children(from) {
			if _, own := seen[key.Value]; !own && key.Tag != mergeTag {
				seen[key.Value] = key.Line
				all = append(all, pair{key, value})
			}
		}
	}
	return all
}

// mergeTag is what the key << has.
const mergeTag = "!!merge"

// children are the keys and values of a map as they are written.
func children(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// targets are the maps that << names: one, or a list of them.
func targets(n *yaml.Node) []*yaml.Node {
	n = target(n)
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	var all []*yaml.Node
	for _, one := range n.Content {
		all = append(all, target(one))
	}
	return all
}

// target follows a document to what it holds, and an alias to what it means.
func target(n *yaml.Node) *yaml.Node {
	for {
		switch {
		case n.Kind == yaml.DocumentNode && len(n.Content) == 1:
			n = n.Content[0]
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		default:
			return n
		}
	}
}
