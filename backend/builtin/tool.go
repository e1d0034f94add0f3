package builtin

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Tool is a typed function that clients can call. [NewTool] makes it.
type Tool struct {
	name        string
	title       string
	description string
	scopes      []string
	hints       hints
	timeout     time.Duration

	input  schema
	output schema
	invoke invoker
}

// invoker reads arguments that have the right shape, runs the function and
// returns the JSON of its result.
type invoker func(ctx context.Context, arguments jsontext.Value) (jsontext.Value, error)

// hints are the ToolAnnotations of the protocol.
type hints struct {
	ReadOnly    *bool `json:"readOnlyHint,omitempty"`
	Destructive *bool `json:"destructiveHint,omitempty"`
	Idempotent  *bool `json:"idempotentHint,omitempty"`
}

// Option changes a [Tool].
type Option func(*Tool)

// Title gives the tool a name for people.
func Title(title string) Option { return func(t *Tool) { t.title = title } }

// Scope asks callers for a scope beyond those of the backend. A client whose
// token lacks it is told so, and asks its user for more.
func Scope(scope string) Option {
	return func(t *Tool) { t.scopes = append(t.scopes, scope) }
}

// ReadOnly says that the tool changes nothing.
func ReadOnly() Option { return func(t *Tool) { t.hints.ReadOnly = new(true) } }

// Destructive says that the tool may destroy what cannot be brought back.
func Destructive() Option { return func(t *Tool) { t.hints.Destructive = new(true) } }

// Idempotent says that calling the tool twice does no more than calling it
// once.
func Idempotent() Option { return func(t *Tool) { t.hints.Idempotent = new(true) } }

// Timeout ends the context of a call after d.
func Timeout(d time.Duration) Option { return func(t *Tool) { t.timeout = d } }

// toolNames are the characters of a tool's name (2025-11-25, tools, "Tool
// Names").
const toolNames = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

func isToolName(name string) bool {
	return name != "" && len(name) <= 128 && strings.Trim(name, toolNames) == ""
}

// strict is how Go values become JSON and back. What the schema calls an array
// or an integer must be one.
var strict = json.JoinOptions(
	json.RejectUnknownMembers(true),
	json.Deterministic(true),
	jsonv1.FormatByteArrayAsArray(true),
	jsonv1.FormatDurationAsNano(true),
)

// NewTool makes a tool of f. In and Out must be structs, or maps with string
// keys: their fields become the properties of the schemas, with the names of
// their json tags and the descriptions of their jsonschema tags. A field is
// required unless it is tagged omitempty or omitzero.
func NewTool[In, Out any](name, description string, f func(context.Context, In) (Out, error), options ...Option) (Tool, error) {
	t := Tool{name: name, description: description}
	if !isToolName(name) {
		return t, fmt.Errorf("tool %q: a name is 1 to 128 letters, digits, and . _ -", name)
	}
	if f == nil {
		return t, fmt.Errorf("tool %q: no function", name)
	}
	var err error
	if t.input, err = schemaOf(reflect.TypeFor[In]()); err != nil {
		return t, fmt.Errorf("tool %q: input: %w", name, err)
	}
	if t.output, err = schemaOf(reflect.TypeFor[Out]()); err != nil {
		return t, fmt.Errorf("tool %q: output: %w", name, err)
	}
	t.invoke = func(ctx context.Context, arguments jsontext.Value) (jsontext.Value, error) {
		var in In
		if err := json.Unmarshal(arguments, &in, strict); err != nil {
			return nil, unreadable(err)
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(&out, strict)
	}
	for _, option := range options {
		option(&t)
	}
	return t, nil
}

// raw is the Tool object of the protocol.
func (t *Tool) raw() (jsontext.Value, error) {
	object := struct {
		Name        string         `json:"name"`
		Title       string         `json:"title,omitempty"`
		Description string         `json:"description,omitempty"`
		Input       jsontext.Value `json:"inputSchema"`
		Output      jsontext.Value `json:"outputSchema"`
		Hints       hints          `json:"annotations,omitempty"`
	}{t.name, t.title, t.description, t.input.raw, t.output.raw, t.hints}
	return json.Marshal(object)
}
