package gateway

import (
	"maps"
	"slices"

	"gatehouse/gateway/view"
	"gatehouse/mcp"
)

// report is something that the operator should know of an entry.
type report struct {
	backend, what, name, shown string
}

func (r report) String() string {
	s := r.name + ": " + r.what
	if r.shown != "" {
		s += "; shown as " + r.shown
	}
	return s
}

func (c *catalog) report(m *mount, what, name, shown string) {
	c.reports = append(c.reports, report{m.Name, what, name, shown})
}

// sound reports whether an entry can be shown at all: one that is none would
// break the list for the client.
func (c *catalog) sound(m *mount, k kind, e *Entry, seen map[string]bool) bool {
	switch {
	case e.Raw.Kind() != '{' || e.Name == "":
		c.report(m, "the backend lists it without a name, or not as an object, so it is left out", e.Name, "")
	case seen[e.Name]:
		c.report(m, "it is listed twice, and the second is left out", e.Name, "")
	case k == tools && mcp.Member(e.Raw, "inputSchema") != nil && mcp.Member(e.Raw, "inputSchema").Kind() != '{':
		c.report(m, "its inputSchema is no JSON object, so it is left out", e.Name, "")
	default:
		seen[e.Name] = true
		return true
	}
	return false
}

// missed reports what the operator says of entries that the backend does not
// have. seen are those that it has.
func (c *catalog) missed(m *mount, s *view.Selection, seen map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(s.Override)) {
		if !seen[name] {
			c.report(m, "the configuration overrides it, but the backend has nothing of that name; correct the name, or take it out", name, "")
		}
	}
}
