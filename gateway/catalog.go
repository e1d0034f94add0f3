package gateway

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// kind is one of the four lists.
type kind int

const (
	tools kind = iota
	prompts
	resources
	templates
	kinds
)

// listed are the methods that are answered from the catalog.
var listed = map[string]kind{
	mcp.MethodToolsList:     tools,
	mcp.MethodPromptsList:   prompts,
	mcp.MethodResourcesList: resources,
	mcp.MethodTemplatesList: templates,
}

// catalog is what all mounts offer together, under the names that clients see.
// It is immutable.
type catalog struct {
	parts        []*Catalog // what it was made of, by mount
	capabilities jsontext.Value
	instructions string
	lists        [kinds][]item // sorted by key

	tools     map[string]route
	prompts   map[string]route
	resources map[string]route
	templates []template
	mounts    []route // one for each mount, for what has no name
}

// item is one entry of a list.
type item struct {
	key string
	raw jsontext.Value
}

// route is the way to a backend.
type route struct {
	mount   *Mount
	name    string // the backend's own
	renamed bool   // name differs from the one that clients see
	scopes  []string
	headers []mcp.ParamHeader
}

// template is the way to the resources of a URI template.
type template struct {
	literal string // what the template begins with, before its first expression
	route
}

// merge joins the catalogs of the mounts. Where two mounts would show the same
// name, the later one's gets the name of its backend in front.
func merge(mounts []Mount, parts []*Catalog, log *slog.Logger) *catalog {
	c := &catalog{
		parts:     parts,
		tools:     make(map[string]route),
		prompts:   make(map[string]route),
		resources: make(map[string]route),
	}
	for i := range mounts {
		m, part := &mounts[i], parts[i]
		c.mounts = append(c.mounts, route{mount: m, scopes: m.Scopes})
		c.add(m, tools, part.Tools, c.tools, log)
		c.add(m, prompts, part.Prompts, c.prompts, log)
		c.addResources(m, part, log)
	}
	for k := range kinds {
		slices.SortStableFunc(c.lists[k], func(a, b item) int { return cmp.Compare(a.key, b.key) })
	}
	c.capabilities = mergeCapabilities(parts)
	c.instructions = mergeInstructions(mounts, parts)
	return c
}

func (c *catalog) add(m *Mount, k kind, entries []Entry, routes map[string]route, log *slog.Logger) {
	for _, e := range entries {
		shown := m.Prefix + e.Name
		if _, taken := routes[shown]; taken {
			log.Warn("name is taken by another backend", "name", shown, "backend", m.Name, "shown", m.Name+"_"+e.Name)
			shown = m.Name + "_" + e.Name
		}
		r := route{mount: m, name: e.Name, renamed: shown != e.Name, scopes: union(m.Scopes, e.Scopes)}
		raw := e.Raw
		if r.renamed {
			raw = withName(raw, shown)
		}
		if k == tools {
			r.headers = mcp.ParamHeaders(mcp.Member(raw, "inputSchema"))
		}
		routes[shown] = r
		c.lists[k] = append(c.lists[k], item{shown, raw})
	}
}

func (c *catalog) addResources(m *Mount, part *Catalog, log *slog.Logger) {
	for _, e := range part.Resources {
		if _, taken := c.resources[e.Name]; taken {
			log.Warn("resource is served by another backend already", "uri", e.Name, "backend", m.Name)
			continue
		}
		c.resources[e.Name] = route{mount: m, name: e.Name, scopes: union(m.Scopes, e.Scopes)}
		c.lists[resources] = append(c.lists[resources], item{e.Name, e.Raw})
	}
	for _, e := range part.Templates {
		literal, _, _ := strings.Cut(e.Name, "{")
		c.templates = append(c.templates, template{literal, route{mount: m, scopes: union(m.Scopes, e.Scopes)}})
		c.lists[templates] = append(c.lists[templates], item{e.Name, e.Raw})
	}
	slices.SortStableFunc(c.templates, func(a, b template) int { return cmp.Compare(len(b.literal), len(a.literal)) })
}

// union is a, and what of b is not in it.
func union(a, b []string) []string {
	all := slices.Clip(slices.Clone(a))
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
