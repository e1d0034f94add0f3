package gatehouse

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/backend/builtin"
	"gatehouse/identity"
	"gatehouse/internal/running"
)

// ToolDef is a tool that [Tool] made, for [Tools].
type ToolDef = builtin.Tool

// ToolOption changes a tool.
type ToolOption = builtin.Option

// Person is who calls a tool: a person, through a client, with the scopes that
// the person gave to the client.
type Person = identity.Principal

// Tool makes a tool of f. In and Out are structs, or maps with string keys.
// The schemas that clients read come from their fields: a json tag gives the
// name, a jsonschema tag the description, omitempty makes a field optional.
// Arguments that do not fit never reach f; the model is told what is wrong.
//
// An error that f returns is shown to the model, so its text should help. A
// panic of f is logged and shown to nobody.
//
// Tool panics if In, Out or name cannot be served: that is a mistake in the
// program, and it shows at once.
func Tool[In, Out any](name, description string, f func(context.Context, In) (Out, error), options ...ToolOption) ToolDef {
	t, err := builtin.NewTool(name, description, f, options...)
	if err != nil {
		panic("gatehouse: " + err.Error())
	}
	return t
}

// Tools makes a backend of tools.
func Tools(name string, tools ...ToolDef) *Backend {
	t, err := builtin.NewTools(name, tools...)
	if err != nil {
		return NewBackend(name, nil, err)
	}
	return NewBackend(name, t, nil)
}

// Title gives a tool a name for people.
func Title(title string) ToolOption { return builtin.Title(title) }

// Scope asks callers of a tool for a scope beyond those of its backend, such
// as "math:admin". A client that lacks it is told to ask its user for more.
func Scope(scope string) ToolOption { return builtin.Scope(scope) }

// ReadOnly says that a tool changes nothing.
func ReadOnly() ToolOption { return builtin.ReadOnly() }

// Destructive says that a tool may destroy what cannot be brought back.
func Destructive() ToolOption { return builtin.Destructive() }

// Idempotent says that calling a tool twice does no more than calling it once.
func Idempotent() ToolOption { return builtin.Idempotent() }

// Timeout ends the context of a call after d.
func Timeout(d time.Duration) ToolOption { return builtin.Timeout(d) }

// Caller returns who calls, in the context of a tool.
func Caller(ctx context.Context) (Person, bool) { return running.Caller(ctx) }

// Progress tells the client how far a call has come. It does nothing if the
// client did not ask for progress. progress must grow from one report to the
// next; a total of 0 is unknown, and an empty message is left out.
func Progress(ctx context.Context, progress, total float64, message string) error {
	return running.Progress(ctx, progress, total, message)
}

// Log sends the client a log message, if the client asked for messages of
// this level. It is no place for secrets. The operator's log is [slog].
func Log(ctx context.Context, level slog.Level, data any) error {
	return running.Log(ctx, level, data)
}
