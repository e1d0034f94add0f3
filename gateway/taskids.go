package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/store"
)

// Tasks outlive the call that began them, and later requests name them by an
// id that says nothing of where they run, or whose they are. A server that
// knows the host and not the person takes it from anybody. So clients see
//
//	mount:tag:id
//
// with a tag that only the host can make, for this person, mount and id.
// Nothing must be remembered, and no backend learns the ids of another's
// tasks. An id with any other tag reads like that of no task.

const (
	taskMark    = ":"    // between mount, tag and id
	taskPurpose = "task" // of the tags
	taskNotes   = "notifications/tasks"
	relatedTask = mcp.MetaPrefix + "related-task" // in _meta
)

// taskIDs are the ids of the tasks of a mount as one person sees them. The
// zero value leaves all as it is.
type taskIDs struct {
	keys  *store.Keyring
	mount string // "" for one that has no tasks
	owner string
}

// taskIDs are those that who sees on the way to a backend. What that says of a
// task to a person is of that person's task.
func (g *Gateway) taskIDs(who identity.Principal, to route) taskIDs {
	if !to.tasks {
		return taskIDs{}
	}
	return taskIDs{g.Keys, to.mount.Name, who.Subject}
}

func (t taskIDs) binding(own string) string { return fmt.Sprintf("%q %q %q", t.owner, t.mount, own) }

// show is an id of the backend as the person sees it.
func (t taskIDs) show(own string) (string, error) {
	tag := base64.RawURLEncoding.EncodeToString(t.keys.Tag(taskPurpose, t.binding(own)))
	return t.mount + taskMark + tag + taskMark + own, nil
}

// read is the backend's id of what the person calls so.
func (t taskIDs) read(shown string) (string, error) {
	mount, rest, _ := strings.Cut(shown, taskMark)
	tag, own, _ := strings.Cut(rest, taskMark)
	got, err := base64.RawURLEncoding.Strict().DecodeString(tag)
	if err != nil || mount != t.mount || !t.keys.Tagged(taskPurpose, t.binding(own), got) {
		return "", unknownTask(shown)
	}
	return own, nil
}

// request is a request under the backend's own ids. It fails for a task that
// is not this person's, wherever it is named: a server that repeats what it is
// told would have it tagged.
func (t taskIDs) request(req *mcp.Request) (*mcp.Request, error) {
	if t.mount == "" {
		return req, nil
	}
	params, err := eachTask(req.Params, strings.HasPrefix(req.Method, taskMethods), t.read)
	if err != nil {
		return nil, err
	}
	own := *req
	own.Params = params
	return &own, nil
}

// result is a result as the person sees it.
func (t taskIDs) result(req *mcp.Request, res mcp.Result) mcp.Result {
	if t.names(res.Raw) {
		own := strings.HasPrefix(req.Method, taskMethods) || mcp.StringMember(res.Raw, "resultType") == "task"
		res.Raw, _ = eachTask(res.Raw, own, t.show)
	}
	return res
}

// note is the params of a notification, or of a question, as the person sees
// them.
func (t taskIDs) note(method string, params jsontext.Value) jsontext.Value {
	if t.names(params) {
		params, _ = eachTask(params, strings.HasPrefix(method, taskNotes), t.show)
	}
	return params
}

// answer is the answer to a question under the backend's own ids. Clients have
// tasks, too, and ids of their own for them: those stay as they are.
func (t taskIDs) answer(raw jsontext.Value) jsontext.Value {
	if t.names(raw) {
		if own, err := withRelated(raw, t.read); err == nil {
			return own
		}
	}
	return raw
}

// peer is a client whose person sees the ids so.
func (t taskIDs) peer(client mcp.Peer) mcp.Peer {
	if t.mount == "" {
		return client
	}
	return tasksPeer{client, t}
}

// tasksPeer is a client as a backend that has tasks sees it.
type tasksPeer struct {
	client mcp.Peer
	ids    taskIDs
}

// Notify implements [mcp.Peer].
func (p tasksPeer) Notify(ctx context.Context, method string, params jsontext.Value) error {
	return p.client.Notify(ctx, method, p.ids.note(method, params))
}

// Ask implements [mcp.Peer].
func (p tasksPeer) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	answer, err := p.client.Ask(ctx, method, p.ids.note(method, params))
	return p.ids.answer(answer), err
}

// names reports whether an object may have an id to be changed.
func (t taskIDs) names(object jsontext.Value) bool {
	return t.mount != "" && bytes.Contains(object, []byte(`askId"`))
}

// eachTask changes the ids of tasks in an object: its own if it is a task,
// that of the task in it, and that of the task it belongs to.
func eachTask(object jsontext.Value, own bool, change func(id string) (string, error)) (jsontext.Value, error) {
	var err error
	if own {
		if object, err = withTaskID(object, change); err != nil {
			return nil, err
		}
	}
	if task := mcp.Member(object, "task"); mcp.Member(task, "taskId") != nil {
		if task, err = withTaskID(task, change); err != nil {
			return nil, err
		}
		object = mcp.WithMember(object, "task", task)
	}
	return withRelated(object, change)
}

// withRelated changes the id of the task that an object belongs to.
func withRelated(object jsontext.Value, change func(id string) (string, error)) (jsontext.Value, error) {
	meta := mcp.Member(object, "_meta")
	related := mcp.Member(meta, relatedTask)
	if related == nil {
		return object, nil
	}
	related, err := withTaskID(related, change)
	if err != nil {
		return nil, err
	}
	return mcp.WithMember(object, "_meta", mcp.WithMember(meta, relatedTask, related)), nil
}

// withTaskID changes the id of a task. One that is no string reads as empty.
func withTaskID(task jsontext.Value, change func(id string) (string, error)) (jsontext.Value, error) {
	if mcp.Member(task, "taskId") == nil {
		return task, nil
	}
	id, err := change(mcp.StringMember(task, "taskId"))
	if err != nil {
		return nil, err
	}
	return mcp.WithString(task, "taskId", id), nil
}
