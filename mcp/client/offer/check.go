package offer

import (
	"slices"

	"gatehouse/mcp"
)

// maxEntry is how many bytes one entry may have, or what the server says of
// itself.
const maxEntry = 1 << 20

// check leaves out what cannot be offered to clients, and says so.
func (s *Source) check(o *Offer) {
	o.headers = make(map[string][]mcp.ParamHeader)
	o.Tools = s.kept("tool", o.Tools, func(e Entry) string {
		schema := mcp.Member(e.Raw, "inputSchema")
		if schema.Kind() != '{' || mcp.StringMember(schema, "type") != "object" {
			return "its inputSchema is not that of an object"
		}
		return ""
	})
	fine := func(Entry) string { return "" }
	o.Prompts = s.kept("prompt", o.Prompts, fine)
	o.Resources = s.kept("resource", o.Resources, fine)
	o.Templates = s.kept("resource template", o.Templates, fine)
	for _, e := range o.Tools {
		if headers := mcp.ParamHeaders(mcp.Member(e.Raw, "inputSchema")); headers != nil {
			o.headers[e.Name] = headers
		}
	}
}

// kept returns the entries that nothing is wrong with.
func (s *Source) kept(what string, entries []Entry, wrong func(Entry) string) []Entry {
	seen := make(map[string]bool, len(entries))
	return slices.DeleteFunc(entries, func(e Entry) bool {
		why := ""
		switch {
		case e.Name == "":
			why = "it has no name"
		case seen[e.Name]:
			why = "its name stands twice"
		case len(e.Raw) > maxEntry:
			why = "it is too large"
		default:
			why = wrong(e)
		}
		if why != "" {
			s.Log.Warn("left out of what a backend offers", "kind", what, "name", e.Name, "why", why)
		}
		seen[e.Name] = true
		return why != ""
	})
}
