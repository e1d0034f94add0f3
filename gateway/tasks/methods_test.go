package tasks

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

const (
	asExtension = `{"extensions":{"io.modelcontextprotocol/tasks":{}}}`
	asCore      = `{"tasks":{"cancel":{},"list":{},"requests":{"tools":{"call":{}}}}}`
)

func TestFind(t *testing.T) {
	const good = `{"taskId":"a:tag:1"}`
	for _, tt := range []struct {
		name           string
		revision       mcp.Revision
		can            string // the client
		method, params string
		servers        map[string]int
		code           int // 0 if it is found
	}{
		{"in the older revision", mcp.R20251125, `{}`, "tasks/result", good, map[string]int{"a": 1, "b": 2}, 0},
		{"in the newer", mcp.R20260728, asExtension, "tasks/update", good, map[string]int{"a": 1, "b": 2}, 0},
		{"a list would show those of all", mcp.R20251125, `{}`, "tasks/list", good, map[string]int{"a": 1}, mcp.CodeMethodNotFound},
		{"and is gone", mcp.R20260728, asExtension, "tasks/list", good, map[string]int{"a": 1}, mcp.CodeMethodNotFound},
		{"no answers in the older revision", mcp.R20251125, `{}`, "tasks/update", good, map[string]int{"a": 1}, mcp.CodeMethodNotFound},
		{"no result in the newer", mcp.R20260728, asExtension, "tasks/result", good, map[string]int{"a": 1}, mcp.CodeMethodNotFound},
		{"none that nobody knows", mcp.R20260728, asExtension, "tasks/x", good, map[string]int{"a": 1}, mcp.CodeMethodNotFound},
		{"a client that does not know the extension", mcp.R20260728, `{"extensions":{}}`, "tasks/get", good, map[string]int{"a": 1}, mcp.CodeMissingCapability},
		{"no server has tasks", mcp.R20260728, `{}`, "tasks/get", good, nil, mcp.CodeMethodNotFound},
		{"this server has none", mcp.R20260728, asExtension, "tasks/get", good, map[string]int{"b": 2}, mcp.CodeInvalidParams},
		{"an id without a server", mcp.R20260728, asExtension, "tasks/get", `{"taskId":"1"}`, map[string]int{"a": 1}, mcp.CodeInvalidParams},
		{"an id that is none", mcp.R20260728, asExtension, "tasks/get", `{"taskId":1}`, map[string]int{"a": 1}, mcp.CodeInvalidParams},
		{"no id", mcp.R20260728, asExtension, "tasks/get", `{}`, map[string]int{"a": 1}, mcp.CodeInvalidParams},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := &mcp.Request{
				Method: tt.method, Params: jsontext.Value(tt.params),
				Client: &mcp.Client{Revision: tt.revision, Capabilities: jsontext.Value(tt.can)},
			}
			at, err := Find(req, tt.servers)
			if tt.code == 0 && (at != 1 || err != nil) {
				t.Errorf("at %d, %v", at, err)
			}
			if e, ok := errors.AsType[*mcp.Error](err); tt.code != 0 && (!ok || e.Code != tt.code) {
				t.Errorf("at %d, %v, want code %d", at, err, tt.code)
			}
		})
	}
}

func TestWhatAServerCan(t *testing.T) {
	for _, tt := range []struct {
		can      string
		has      bool
		unlisted string
	}{
		{asExtension, true, asExtension},
		{asCore, true, `{"tasks":{"cancel":{},"requests":{"tools":{"call":{}}}}}`},
		{`{"tools":{},"extensions":{"x/y":{}}}`, false, `{"tools":{},"extensions":{"x/y":{}}}`},
		{``, false, ``},
	} {
		can := jsontext.Value(tt.can)
		if got := Has(can); got != tt.has {
			t.Errorf("Has(%s) = %v", can, got)
		}
		if got := string(Unlisted(can)); got != tt.unlisted {
			t.Errorf("Unlisted(%s) = %s", can, got)
		}
	}
}
