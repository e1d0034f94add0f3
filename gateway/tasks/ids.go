package tasks

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/store"
)

const (
	mark        = ":"    // between server, tag and id
	purpose     = "task" // of the tags
	notes       = "notifications/tasks"
	relatedTask = mcp.MetaPrefix + "related-task" // in _meta
)

// IDs are the ids of the tasks of a server as one person sees them. The zero
// value, for a server that has no tasks, leaves all as it is.
type IDs struct {
	Keys   *store.Keyring // make the tags
	Server string         // its name, which has no colon
	Owner  string         // the person
}

func (t IDs) binding(own string) string { return fmt.Sprintf("%q %q %q", t.Owner, t.Server, own) }

// show is an id of the server as the person sees it. It does not fail.
func (t IDs) show(own string) (string, error) {
	tag := base64.RawURLEncoding.EncodeToString(t.Keys.Tag(purpose, t.binding(own)))
	return t.Server + mark + tag + mark + own, nil
}

// read is the server's id of what the person calls so.
func (t IDs) read(shown string) (string, error) {
	server, rest, _ := strings.Cut(shown, mark)
	tag, own, _ := strings.Cut(rest, mark)
	got, err := base64.RawURLEncoding.Strict().DecodeString(tag)
	if err != nil || server != t.Server || !t.Keys.Tagged(purpose, t.binding(own), got) {
		return "", unknown(shown)
	}
	return own, nil
}

// Request is a request under the server's own ids. It fails for a task that
// is not this person's, wherever it is named: a server that repeats what it is
// told would have it tagged.
func (t IDs) Request(req *mcp.Request) (*mcp.Request, error) {
	if t.Server == "" {
		return req, nil
	}
	params, err := eachTask(req.Params, IsMethod(req.Method), t.read)
	if err != nil {
		return nil, err
	}
	own := *req
	own.Params = params
	return &own, nil
}

// Result is a result as the person sees it.
func (t IDs) Result(req *mcp.Request, res mcp.Result) mcp.Result {
	if t.names(res.Raw) {
		own := IsMethod(req.Method) || mcp.StringMember(res.Raw, "resultType") == "task"
		res.Raw, _ = eachTask(res.Raw, own, t.show)
	}
	return res
}

// Note is the params of a notification, or of a question, as the person sees
// them.
func (t IDs) Note(method string, params jsontext.Value) jsontext.Value {
	if t.names(params) {
		params, _ = eachTask(params, strings.HasPrefix(method, notes), t.show)
	}
	return params
}

// answer is the answer to a question under the server's own ids. Clients have
// tasks, too, and ids of their own for them: those stay as they are.
func (t IDs) answer(raw jsontext.Value) jsontext.Value {
	if t.names(raw) {
		if own, err := withRelated(raw, t.read); err == nil {
			return own
		}
	}
	return raw
}

// names reports whether an object may have an id to be changed.
func (t IDs) names(object jsontext.Value) bool {
	return t.Server != "" && bytes.Contains(object, []byte(`askId"`))
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
