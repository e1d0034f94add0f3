package offer

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Offer is what a server offers: an immutable snapshot.
type Offer struct {
	mcp.Description
	Revision mcp.Revision

	Tools     []Entry
	Prompts   []Entry
	Resources []Entry
	Templates []Entry

	headers map[string][]mcp.ParamHeader // by tool
}

// Entry is one tool, prompt, resource or resource template.
type Entry struct {
	Name string         // its name; for a resource its URI, for a template its URI template
	Raw  jsontext.Value // the object as the server lists it
}

// Headers returns the arguments of a tool that its schema wants in headers.
func (o *Offer) Headers(tool string) []mcp.ParamHeader { return o.headers[tool] }

// Same reports whether two offers have the same content.
func (o *Offer) Same(p *Offer) bool {
	same := func(a, b Entry) bool { return a.Name == b.Name && bytes.Equal(a.Raw, b.Raw) }
	return bytes.Equal(o.Info, p.Info) && bytes.Equal(o.Capabilities, p.Capabilities) &&
		o.Instructions == p.Instructions && o.Revision == p.Revision &&
		slices.EqualFunc(o.Tools, p.Tools, same) && slices.EqualFunc(o.Prompts, p.Prompts, same) &&
		slices.EqualFunc(o.Resources, p.Resources, same) && slices.EqualFunc(o.Templates, p.Templates, same)
}
