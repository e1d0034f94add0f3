package gateway

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// find returns the way to the backend that serves the request. What a client
// may not know of reads like what does not exist.
func (c *catalog) find(req *mcp.Request) (route, error) {
	switch req.Method {
	case mcp.MethodToolsCall:
		return named(c.tools, req.Params, "tool")
	case mcp.MethodPromptsGet:
		return named(c.prompts, req.Params, "prompt")
	case mcp.MethodResourcesRead:
		return c.resource(mcp.StringMember(req.Params, "uri"))
	case mcp.MethodComplete:
		return c.completion(mcp.Member(req.Params, "ref"))
	}
	// What the host does not know belongs to a backend's extension. With
	// several backends nothing says to whose.
	if len(c.mounts) != 1 {
		return route{}, mcp.MethodNotFound(req.Method)
	}
	return c.mounts[0], nil
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

// resource finds who serves a URI: whoever lists it, else whose template
// begins like it, else the only backend that has resources at all.
func (c *catalog) resource(uri string) (route, error) {
	if uri == "" {
		return route{}, mcp.InvalidParams("The params need a uri, which must be a string")
	}
	if r, ok := c.resources[uri]; ok {
		return r, nil
	}
	for _, t := range c.templates {
		if strings.HasPrefix(uri, t.literal) {
			return t.route, nil
		}
	}
	var only *route
	for i, part := range c.parts {
		if mcp.Member(part.Capabilities, "resources") == nil {
			continue
		}
		if only != nil {
			return route{}, resourceNotFound(uri)
		}
		only = &c.mounts[i]
	}
	if only == nil {
		return route{}, resourceNotFound(uri)
	}
	return *only, nil
}

func (c *catalog) completion(ref jsontext.Value) (route, error) {
	switch mcp.StringMember(ref, "type") {
	case "ref/prompt":
		return named(c.prompts, ref, "prompt")
	case "ref/resource":
		return c.resource(mcp.StringMember(ref, "uri"))
	}
	return route{}, mcp.InvalidParams("The params need a ref of type ref/prompt or ref/resource")
}

func resourceNotFound(uri string) error {
	data, _ := json.Marshal(map[string]string{"uri": uri})
	return &mcp.Error{Code: mcp.CodeResourceNotFound, Message: "Resource not found", Data: data}
}

// rewrite returns the request under the backend's own name.
func (r route) rewrite(req *mcp.Request) *mcp.Request {
	if !r.renamed {
		return req
	}
	own := *req
	if req.Method == mcp.MethodComplete {
		own.Params = mcp.WithMember(req.Params, "ref", withName(mcp.Member(req.Params, "ref"), r.name))
	} else {
		own.Params = withName(req.Params, r.name)
	}
	return &own
}

func withName(object jsontext.Value, name string) jsontext.Value {
	quoted, _ := jsontext.AppendQuote(nil, name)
	return mcp.WithMember(object, "name", quoted)
}
