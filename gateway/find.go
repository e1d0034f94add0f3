package gateway

import (
	"context"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/tasks"
	"gatehouse/mcp"
)

// find returns the way to the backend that serves the request, and the others
// that may, where nothing says which. Nearly always it looks at the backend
// that was found and at no other.
func (g *Gateway) find(ctx context.Context, req *mcp.Request) (route, []route, error) {
	if cat := g.now.Load(); cat != nil {
		to, others, err := cat.find(req)
		if err == nil && cat.certain(to) && cat.good(ctx, to) {
			return to, others, nil
		}
	}
	cat := g.goodEnough(ctx, func(cat *catalog) bool {
		to, _, err := cat.find(req)
		return err == nil && cat.certain(to)
	})
	to, others, err := cat.find(req)
	if err != nil && cat.incomplete {
		err = cat.mayBeMissing(req, err)
	}
	return to, others, err
}

// certain reports whether the way to something would be the same if all
// backends had answered.
func (c *catalog) certain(to route) bool { return !c.incomplete || to.name != "" }

// good reports whether the backend still offers what the catalog was made of.
func (c *catalog) good(ctx context.Context, to route) bool {
	p := to.mount.line.part.Load()
	if p == nil || to.mount.line.repins(p) {
		return false
	}
	now, err := to.mount.Backend.Catalog(ctx)
	return err != nil || now == p.Catalog
}

// mayBeMissing is the failure to find something while a backend that may have
// it has never answered.
func (c *catalog) mayBeMissing(req *mcp.Request, err error) error {
	name := mcp.StringMember(req.Params, "name")
	byName := req.Method == mcp.MethodToolsCall || req.Method == mcp.MethodPromptsGet
	for i, m := range c.mounts {
		if c.parts[i] == nil && (!byName || name != "" && strings.HasPrefix(name, m.Prefix)) {
			return m.unavailable("has not answered yet. Try again later.", err)
		}
	}
	return err
}

// find returns the way to the backend that serves the request. What a client
// may not know of reads like what does not exist.
func (c *catalog) find(req *mcp.Request) (to route, others []route, err error) {
	if err := c.plain(req); err != nil {
		return route{}, nil, err
	}
	switch req.Method {
	case mcp.MethodToolsCall:
		to, err = named(c.tools, req.Params, "tool")
		return to, nil, err
	case mcp.MethodPromptsGet:
		to, err = named(c.prompts, req.Params, "prompt")
		return to, nil, err
	case mcp.MethodResourcesRead:
		return c.resource(mcp.StringMember(req.Params, "uri"))
	case mcp.MethodComplete:
		return c.completion(mcp.Member(req.Params, "ref"))
	}
	if tasks.IsMethod(req.Method) {
		to, err = c.task(req)
		return to, nil, err
	}
	if ofEdges[req.Method] {
		return route{}, nil, mcp.MethodNotFound(req.Method)
	}
	return c.extension(req)
}

// task finds where a task runs.
func (c *catalog) task(req *mcp.Request) (route, error) {
	m, err := tasks.Find(req, c.taskers)
	if err != nil {
		return route{}, err
	}
	return c.way(m, nil), nil
}

func named(routes map[string]route, params jsontext.Value, what string) (route, error) {
	name := mcp.StringMember(params, "name")
	if name == "" {
		return route{}, mcp.InvalidParams("The params need a name, which must be a string")
	}
	r, ok := routes[name]
	if !ok {
		return route{}, mcp.InvalidParams("Unknown " + what + ": " + name)
	}
	return r, nil
}

// resource finds who serves a URI: whoever lists it, else whose template fits
// it best. Else it may have come with a result, and any backend that has
// resources may know it. What the operator does not show cannot be read either.
func (c *catalog) resource(uri string) (route, []route, error) {
	if uri == "" {
		return route{}, nil, mcp.InvalidParams("The params need a uri, which must be a string")
	}
	if r, ok := c.resources[uri]; ok {
		return r, nil, nil
	}
	for _, t := range c.patterns {
		if t.Matches(uri) && !t.mount.Resources.Hides(uri) {
			return t.route, nil, nil
		}
	}
	readers := slices.DeleteFunc(slices.Clone(c.readers), func(r route) bool {
		return r.mount.Resources.Hides(uri) || !r.mount.Resources.Shows(uri)
	})
	if len(readers) == 0 {
		return route{}, nil, resourceNotFound(uri)
	}
	return readers[0], readers[1:], nil
}

func (c *catalog) completion(ref jsontext.Value) (route, []route, error) {
	switch mcp.StringMember(ref, "type") {
	case "ref/prompt":
		to, err := named(c.prompts, ref, "prompt")
		return to, nil, err
	case "ref/resource":
		uri := mcp.StringMember(ref, "uri")
		if r, ok := c.templates[uri]; ok {
			return r, nil, nil
		}
		return c.resource(uri)
	}
	return route{}, nil, mcp.InvalidParams("The params need a ref of type ref/prompt or ref/resource")
}

// extension finds who serves a method that the host does not know: the mount
// of what the params name, else one that has extensions.
func (c *catalog) extension(req *mcp.Request) (route, []route, error) {
	if len(c.mounts) == 1 {
		return c.way(c.mounts[0], nil), nil, nil
	}
	p := mcp.ReadParams(req.Params)
	if r, ok := c.tools[p.Name]; ok {
		return r, nil, nil
	}
	if r, ok := c.prompts[p.Name]; ok {
		return r, nil, nil
	}
	if r, ok := c.resources[p.URI]; ok {
		return r, nil, nil
	}
	if len(c.extenders) == 0 {
		return route{}, nil, mcp.MethodNotFound(req.Method)
	}
	return c.extenders[0], c.extenders[1:], nil
}

func resourceNotFound(uri string) error {
	data, _ := json.Marshal(map[string]string{"uri": uri})
	return &mcp.Error{Code: mcp.CodeResourceNotFound, Message: "Resource not found", Data: data}
}

// rewrite returns the request under the backend's own name.
func (r route) rewrite(req *mcp.Request) *mcp.Request {
	if r.quoted == nil {
		return req
	}
	own := *req
	if req.Method == mcp.MethodComplete {
		own.Params = mcp.WithMember(req.Params, "ref", mcp.WithMember(mcp.Member(req.Params, "ref"), "name", r.quoted))
	} else {
		own.Params = mcp.WithMember(req.Params, "name", r.quoted)
	}
	return &own
}
