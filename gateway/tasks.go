package gateway

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

const (
	tasksExtension    = mcp.MetaPrefix + "tasks"
	taskMethods       = "tasks/"
	methodTasksResult = "tasks/result" // 2025-11-25
)

// findTaskers finds the mounts that have tasks: as an extension, or as
// 2025-11-25 has them.
func (c *catalog) findTaskers() {
	for i, m := range c.mounts {
		if c.parts[i] == nil {
			continue
		}
		can := c.parts[i].Capabilities
		if mcp.Member(can, "tasks") != nil || mcp.Member(mcp.Member(can, "extensions"), tasksExtension) != nil {
			c.taskers[m.Name] = m
		}
	}
}

// task finds where a task runs.
func (c *catalog) task(req *mcp.Request) (route, error) {
	if err := c.ofTasks(req); err != nil {
		return route{}, err
	}
	id := mcp.StringMember(req.Params, "taskId")
	if id == "" {
		return route{}, mcp.InvalidParams("The params need a taskId, which must be a string")
	}
	name, _, _ := strings.Cut(id, taskMark)
	if m, ok := c.taskers[name]; ok {
		return c.way(m, nil), nil
	}
	return route{}, unknownTask(id)
}

func unknownTask(id string) error { return mcp.InvalidParams("Unknown task: " + id) }

// ofTasks holds a request to the methods of tasks in its revision. There is
// none that lists them: which are a person's own says each id, and nothing
// else. The extension is for clients that declare it.
func (c *catalog) ofTasks(req *mcp.Request) error {
	modern, has := req.Client.Revision.Modern(), len(c.taskers) > 0
	switch req.Method {
	case mcp.MethodTasksGet, mcp.MethodTasksCancel:
	case mcp.MethodTasksUpdate:
		has = has && modern
	case methodTasksResult:
		has = has && !modern
	default:
		has = false
	}
	switch {
	case !has:
		return mcp.MethodNotFound(req.Method)
	case modern && mcp.Member(mcp.Member(req.Client.Capabilities, "extensions"), tasksExtension) == nil:
		return mcp.MissingCapability(jsontext.Value(`{"extensions":{"` + tasksExtension + `":{}}}`))
	}
	return nil
}
