package view

import (
	"cmp"
	"slices"
	"strings"
)

// Names gives the entries of one list of a backend their names.
type Names struct {
	Backend  string                 // its name
	Prefix   string                 // goes before the names of its entries
	Prefixes []string               // those of all backends
	Rule     func(string) string    // [ToolName] or [AnyName]
	Taken    func(name string) bool // reports whether an entry before has it
}

// Pick returns the name that clients see of an entry, whose own is given, and
// the one that the operator chose for it, if any. Where it is taken, the name of
// the backend goes in front; where that is taken, too, a digest goes behind. A
// name that begins as those of another backend do is that one's, unless the
// operator chose it: else the tool that a name stands for would depend on what
// backends say. remark says in words for the operator why it is not the one
// that was wanted; it is empty if it is.
func (n Names) Pick(own, chosen string) (shown, remark string) {
	wanted := cmp.Or(chosen, n.Prefix+own)
	shown = n.Rule(wanted)
	switch {
	case n.Taken(shown), chosen == "" && n.isOthers(wanted):
		return n.free(wanted), "its name is taken already"
	case shown != wanted:
		return shown, "not every client takes its name"
	}
	return shown, ""
}

// free returns a name that nobody has, for an entry that cannot have the one it
// wants.
func (n Names) free(wanted string) string {
	name := n.Rule(n.Backend + "_" + wanted)
	for n.Taken(name) {
		name = ToolName(n.Backend + "/" + name) // no name has a slash yet
	}
	return name
}

// isOthers reports whether a name is one of another backend's, which has a
// longer prefix.
func (n Names) isOthers(wanted string) bool {
	return slices.ContainsFunc(n.Prefixes, func(other string) bool {
		return len(other) > len(n.Prefix) && strings.HasPrefix(wanted, other)
	})
}
