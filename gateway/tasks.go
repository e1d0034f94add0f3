package gateway

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// Tasks outlive the call that began them, and later requests name them by an
// id that says nothing of where they run. Where there are several mounts,
// clients see each id with the name of its mount in front: nothing must be
// remembered, and no backend learns the ids of another's tasks, which are as
// good as keys.

const (
	tasksExtension = mcp.MetaPrefix + "tasks"
	relatedTask    = mcp.MetaPrefix + "related-task" // in _meta
	taskMethods    = "tasks/"
	taskNotes      = "notifications/tasks"
	taskMark       = ":" // between mount and id
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
			c.taskers = append(c.taskers, route{mount: m, scopes: m.Scopes})
		}
	}
}

// task finds where a task runs. An id without a mount may be from when there
// was one mount only.
func (c *catalog) task(req *mcp.Request) (route, error) {
	id := mcp.StringMember(req.Params, "taskId")
	name, own, _ := strings.Cut(id, taskMark)
	for _, r := range c.taskers {
		if r.mount.Name == name && len(c.mounts) > 1 {
			r.task, r.tagged = own, true
			return r, nil
		}
	}
	switch {
	case len(c.taskers) == 1:
		return c.taskers[0], nil
	case id == "":
		return route{}, mcp.MethodNotFound(req.Method)
	}
	return route{}, mcp.InvalidParams("Unknown task: " + id)
}

// shown is a result as clients see it.
func (r route) shown(req *mcp.Request, res mcp.Result) mcp.Result {
	if r.tagged && bytes.Contains(res.Raw, []byte(`askId"`)) {
		own := strings.HasPrefix(req.Method, taskMethods) || mcp.StringMember(res.Raw, "resultType") == "task"
		res.Raw = tag(r.mount, res.Raw, own)
	}
	return res
}

// shownNote is the params of a notification of a mount as clients see them.
func shownNote(m *mount, tagged bool, method string, params jsontext.Value) jsontext.Value {
	if tagged && bytes.Contains(params, []byte(`askId"`)) {
		return tag(m, params, strings.HasPrefix(method, taskNotes))
	}
	return params
}

// tag puts the mount in front of the ids of tasks in an object: its own id if
// it is a task, that of the task in it, and that of the task it belongs to.
func tag(m *mount, object jsontext.Value, own bool) jsontext.Value {
	if own {
		object = tagMember(m, object)
	}
	if task := mcp.Member(object, "task"); task != nil {
		object = mcp.WithMember(object, "task", tagMember(m, task))
	}
	meta := mcp.Member(object, "_meta")
	if related := mcp.Member(meta, relatedTask); related != nil {
		object = mcp.WithMember(object, "_meta", mcp.WithMember(meta, relatedTask, tagMember(m, related)))
	}
	return object
}

func tagMember(m *mount, task jsontext.Value) jsontext.Value {
	if id := mcp.StringMember(task, "taskId"); id != "" {
		return withString(task, "taskId", m.Name+taskMark+id)
	}
	return task
}
