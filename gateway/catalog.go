package gateway

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/tasks"
	"gatehouse/gateway/uritemplate"
	"gatehouse/gateway/view"
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
	mounts       []*mount
	parts        []*part  // what it was made of, by mount; nil for one that has never answered
	prefixes     []string // of the mounts
	capabilities jsontext.Value
	instructions string
	lists        [kinds][]item // sorted by key

	tools     map[string]route
	prompts   map[string]route
	resources map[string]route
	templates map[string]route // by the template itself
	patterns  []template       // the most literal one first
	pages     []pageOf         // of tools

	readers    []route           // mounts that have resources
	extenders  []route           // mounts that have extensions
	taskers    map[string]*mount // mounts that have tasks, by name
	incomplete bool              // a mount has never answered

	reports []report

	replaced chan struct{} // closed when there is a newer one
}

// item is one entry of a list.
type item struct {
	key string
	raw jsontext.Value
}

// route is the way to a backend.
type route struct {
	mount   *mount
	name    string         // the backend's own
	quoted  jsontext.Value // the same as JSON, where clients see another
	tasks   bool           // the mount has tasks
	scopes  []string
	headers []mcp.ParamHeader
	guessed bool // nothing says that it is the way
}

// template is the way to the resources of a URI template.
type template struct {
	uritemplate.Template
	route
}

// merge joins what the mounts offer. Where two would show the same name, the
// later one's gets the name of its backend in front.
func merge(mounts []*mount, parts []*part) *catalog {
	c := &catalog{
		mounts:    mounts,
		parts:     parts,
		tools:     make(map[string]route),
		prompts:   make(map[string]route),
		resources: make(map[string]route),
		templates: make(map[string]route),
		taskers:   make(map[string]*mount),
		replaced:  make(chan struct{}),
	}
	for _, m := range mounts {
		c.prefixes = append(c.prefixes, m.Prefix)
	}
	for i, m := range mounts {
		if parts[i] == nil {
			c.incomplete = true
			continue
		}
		c.addServer(m, parts[i])
		c.add(m, tools, parts[i], view.ToolName)
		c.add(m, prompts, parts[i], view.AnyName)
		seen := make(map[string]bool, len(parts[i].Resources)+len(parts[i].Templates))
		c.addResources(m, parts[i], seen)
		c.addTemplates(m, parts[i], seen)
		c.missed(m, &m.Resources, seen)
	}
	c.addPages()
	for k := range kinds {
		slices.SortStableFunc(c.lists[k], func(a, b item) int { return cmp.Compare(a.key, b.key) })
	}
	slices.SortStableFunc(c.patterns, func(a, b template) int { return cmp.Compare(b.Literal(), a.Literal()) })
	c.capabilities = mergeCapabilities(parts)
	c.instructions = mergeInstructions(mounts, parts)
	return c
}

// way is the route to a mount, for an entry that needs more scopes, or none.
func (c *catalog) way(m *mount, entry *Entry) route {
	r := route{mount: m, scopes: m.Scopes, tasks: c.taskers[m.Name] == m}
	if entry != nil {
		r.name, r.scopes = entry.Name, union(m.Scopes, entry.Scopes)
	}
	return r
}

// addServer notes what a backend can be asked for that is in no list.
func (c *catalog) addServer(m *mount, p *part) {
	if tasks.Has(p.Capabilities) {
		c.taskers[m.Name] = m // first, for every way to it says so
	}
	if mcp.Member(p.Capabilities, "resources") != nil {
		c.readers = append(c.readers, c.way(m, nil))
	}
	if mcp.Member(p.Capabilities, "extensions") != nil {
		c.extenders = append(c.extenders, c.way(m, nil))
	}
}

// add adds the tools or the prompts of a backend.
func (c *catalog) add(m *mount, k kind, p *part, rule func(string) string) {
	entries, selection, routes := p.Tools, &m.Tools, c.tools
	if k == prompts {
		entries, selection, routes = p.Prompts, &m.Prompts, c.prompts
	}
	names := view.Names{Backend: m.Name, Prefix: m.Prefix, Prefixes: c.prefixes, Rule: rule}
	names.Taken = func(name string) bool { _, taken := routes[name]; return taken }
	seen := make(map[string]bool, len(entries))
	for i := range entries {
		e := &entries[i]
		if !c.sound(m, k, e, seen) || !selection.Shows(e.Name) || k == tools && slices.Contains(p.withheld, e.Name) {
			continue
		}
		override := selection.Override[e.Name]
		shown, remark := names.Pick(e.Name, override.Name)
		if remark != "" {
			c.report(m, remark, e.Name, shown)
		}
		r := c.way(m, e)
		raw := override.Apply(e.Raw)
		if shown != e.Name {
			r.quoted, _ = jsontext.AppendQuote(nil, e.Name)
			raw = mcp.WithString(raw, "name", shown)
		}
		if k == tools {
			r.headers = paramHeaders(raw)
			c.notePage(m, raw)
		}
		routes[shown] = r
		c.lists[k] = append(c.lists[k], item{shown, raw})
	}
	c.missed(m, selection, seen)
}

// paramHeaders are those that the schema of a tool asks for. Hardly any does.
func paramHeaders(tool jsontext.Value) []mcp.ParamHeader {
	if !bytes.Contains(tool, []byte(`"x-mcp-header"`)) {
		return nil
	}
	return mcp.ParamHeaders(mcp.Member(tool, "inputSchema"))
}

func (c *catalog) addResources(m *mount, p *part, seen map[string]bool) {
	for i := range p.Resources {
		e := &p.Resources[i]
		if !c.sound(m, resources, e, seen) || !m.Resources.Shows(e.Name) {
			continue
		}
		if other, taken := c.resources[e.Name]; taken && other.mount != m {
			c.report(m, "the resource is served by another backend already, and is left out", e.Name, "")
			continue
		}
		c.resources[e.Name] = c.way(m, e)
		c.lists[resources] = append(c.lists[resources], item{e.Name, m.Resources.Override[e.Name].Apply(e.Raw)})
	}
}

func (c *catalog) addTemplates(m *mount, p *part, seen map[string]bool) {
	for i := range p.Templates {
		e := &p.Templates[i]
		if !c.sound(m, templates, e, seen) || !m.Resources.Shows(e.Name) {
			continue
		}
		if _, taken := c.templates[e.Name]; taken {
			c.report(m, "the template is served by another backend already, and is left out", e.Name, "")
			continue
		}
		r := c.way(m, e)
		c.templates[e.Name] = r
		c.patterns = append(c.patterns, template{uritemplate.Parse(e.Name), r})
		c.lists[templates] = append(c.lists[templates], item{e.Name, m.Resources.Override[e.Name].Apply(e.Raw)})
	}
}

// differs reports whether a list of two catalogs is not the same.
func (c *catalog) differs(other *catalog, k kind) bool {
	return !slices.EqualFunc(c.lists[k], other.lists[k], func(a, b item) bool {
		return a.key == b.key && bytes.Equal(a.raw, b.raw)
	})
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
