package gateway

import (
	"gatehouse/gateway/tasks"
	"gatehouse/mcp"
)

// ofEdges are the methods that concern the session of a client with us. The
// session of a backend may be that of other persons, too.
var ofEdges = map[string]bool{
	mcp.MethodInitialize:  true,
	mcp.MethodPing:        true,
	mcp.MethodDiscover:    true,
	mcp.MethodListen:      true,
	mcp.MethodSetLevel:    true,
	mcp.MethodSubscribe:   true,
	mcp.MethodUnsubscribe: true,
}

// plain holds the params to names that every server reads alike. Else a client
// could ask for one thing, and a server that does not heed case do another.
func (c *catalog) plain(req *mcp.Request) error {
	name, found := "", false
	if len(c.mounts) > 1 || naming[req.Method] || tasks.IsMethod(req.Method) {
		name, found = mcp.Variant(req.Params, "name", "uri", "ref", "taskId")
	}
	if !found && req.Method == mcp.MethodComplete {
		name, found = mcp.Variant(mcp.Member(req.Params, "ref"), "type", "name", "uri")
	}
	if found {
		return mcp.InvalidParams("The params have " + name + " in another case, which some servers would take for it")
	}
	return nil
}

// naming are the methods whose params name what they are done to.
var naming = map[string]bool{
	mcp.MethodToolsCall:     true,
	mcp.MethodPromptsGet:    true,
	mcp.MethodResourcesRead: true,
	mcp.MethodComplete:      true,
}
