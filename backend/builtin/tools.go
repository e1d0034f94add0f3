package builtin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway"
	"gatehouse/identity"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

// Tools is a backend of typed Go functions. [NewTools] makes it.
type Tools struct {
	name    string
	tools   map[string]*Tool
	catalog gateway.Catalog
}

var _ gateway.Backend = (*Tools)(nil)

// NewTools makes a backend of tools, which keep their order in lists.
func NewTools(name string, tools ...Tool) (*Tools, error) {
	info, err := json.Marshal(map[string]string{"name": name, "version": "1"}, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	t := &Tools{
		name:  name,
		tools: make(map[string]*Tool, len(tools)),
		catalog: gateway.Catalog{
			Info:         info,
			Capabilities: jsontext.Value(`{"logging":{},"tools":{}}`),
		},
	}
	for _, tool := range tools {
		if tool.invoke == nil {
			return nil, fmt.Errorf("backend %q: tool %q was not made by NewTool", name, tool.name)
		}
		if t.tools[tool.name] != nil {
			return nil, fmt.Errorf("backend %q: two tools are called %q", name, tool.name)
		}
		raw, err := tool.raw()
		if err != nil {
			return nil, fmt.Errorf("tool %q: %w", tool.name, err)
		}
		t.tools[tool.name] = &tool
		t.catalog.Tools = append(t.catalog.Tools, gateway.Entry{Name: tool.name, Raw: raw, Scopes: tool.scopes})
	}
	return t, nil
}

// Catalog implements [gateway.Backend]. It never changes.
func (t *Tools) Catalog(context.Context) (*gateway.Catalog, error) { return &t.catalog, nil }

// Call implements [gateway.Backend]. The function runs on the caller's
// goroutine and is cancelled through its context.
func (t *Tools) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	if req.Method != mcp.MethodToolsCall {
		return mcp.Result{}, mcp.MethodNotFound(req.Method)
	}
	params := mcp.ReadParams(req.Params)
	tool := t.tools[params.Name]
	if tool == nil {
		return mcp.Result{}, mcp.InvalidParams("Unknown tool: " + params.Name)
	}
	modern := req.Client != nil && req.Client.Revision.Modern()

	c := &running.Call{Backend: t.name, Who: who, Client: req.Client, Meta: params.Meta, Peer: peer}
	out, err := tool.call(c.In(ctx), arguments(params))
	if ctx.Err() != nil {
		return mcp.Result{}, ctx.Err()
	}
	if err != nil {
		return mcp.Result{Raw: failed(err, modern)}, nil
	}
	return mcp.Result{Raw: succeeded(out, modern)}, nil
}

// arguments are those of a call; saying nothing means none.
func arguments(p mcp.Params) jsontext.Value {
	if len(p.Arguments) == 0 || p.Arguments.Kind() == 'n' {
		return jsontext.Value("{}")
	}
	return p.Arguments
}

// Watch implements [gateway.Backend]. Nothing here changes, so no change is
// honoured.
func (t *Tools) Watch(context.Context, identity.Principal, *mcp.Client, mcp.Changes, gateway.Notify) (mcp.Changes, error) {
	return mcp.Changes{}, nil
}

// End implements [gateway.Backend]. Nothing is kept for a session.
func (t *Tools) End(string) {}

// Close implements [gateway.Backend].
func (t *Tools) Close() error { return nil }

// errPanic is all that a client learns of a panic.
var errPanic = errors.New("the tool failed; the operator's log says why")

// call runs the tool. A panic is the tool's failure, not the host's.
func (t *Tool) call(ctx context.Context, arguments jsontext.Value) (out jsontext.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "tool panicked", "tool", t.name, "panic", p, "stack", string(debug.Stack()))
			out, err = nil, errPanic
		}
	}()
	arguments, err = t.input.shape.fit(arguments)
	if err != nil {
		return nil, err
	}
	if t.timeout == 0 {
		return t.invoke(ctx, arguments)
	}
	limited, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	out, err = t.invoke(limited, arguments)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("the tool did not finish within %v", t.timeout)
	}
	return out, err
}
