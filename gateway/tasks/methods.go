package tasks

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

const (
	extension    = mcp.MetaPrefix + "tasks"
	methods      = "tasks/"
	methodResult = "tasks/result" // 2025-11-25
)

// Has reports whether a server of these capabilities has tasks: as an
// extension, or as 2025-11-25 has them.
func Has(capabilities jsontext.Value) bool {
	return mcp.Member(capabilities, "tasks") != nil || hasExtension(capabilities)
}

func hasExtension(capabilities jsontext.Value) bool {
	return mcp.Member(mcp.Member(capabilities, "extensions"), extension) != nil
}

// Unlisted are capabilities without that to list tasks.
func Unlisted(capabilities jsontext.Value) jsontext.Value {
	can := mcp.Member(capabilities, "tasks")
	if mcp.Member(can, "list") == nil {
		return capabilities
	}
	return mcp.WithMember(capabilities, "tasks", mcp.WithoutMembers(can, "list"))
}

// IsMethod reports whether a method is one of tasks, of whatever revision.
func IsMethod(method string) bool { return strings.HasPrefix(method, methods) }

// Find returns the server at which the task runs that a request is about, of
// those that have tasks, by name.
func Find[S any](req *mcp.Request, servers map[string]S) (server S, err error) {
	if len(servers) == 0 || !known(req.Client.Revision, req.Method) {
		return server, mcp.MethodNotFound(req.Method)
	}
	if req.Client.Revision.Modern() && !hasExtension(req.Client.Capabilities) {
		return server, mcp.MissingCapability(jsontext.Value(`{"extensions":{"` + extension + `":{}}}`))
	}
	id := mcp.StringMember(req.Params, "taskId")
	if id == "" {
		return server, mcp.InvalidParams("The params need a taskId, which must be a string")
	}
	name, _, _ := strings.Cut(id, mark)
	server, ok := servers[name]
	if !ok {
		return server, unknown(id)
	}
	return server, nil
}

// known reports whether a revision has a method. There is none that lists
// tasks: which are a person's own says each id, and nothing else.
func known(r mcp.Revision, method string) bool {
	switch method {
	case mcp.MethodTasksGet, mcp.MethodTasksCancel:
		return true
	case mcp.MethodTasksUpdate:
		return r.Modern()
	case methodResult:
		return !r.Modern()
	}
	return false
}

func unknown(id string) error { return mcp.InvalidParams("Unknown task: " + id) }
