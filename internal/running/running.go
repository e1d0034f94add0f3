// Package running is what a function learns, from its context, of the call that
// runs it: who calls, and a way to tell the client how it goes. The host's tools
// and the servers that it hosts are called with such a context.
package running

import (
	"context"
	"log/slog"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Call is one running request.
type Call struct {
	Backend string
	Who     identity.Principal
	Client  *mcp.Client
	Meta    jsontext.Value // _meta of the params
	Peer    mcp.Peer
}

type key struct{}

// In returns a context in which the call is found.
func (c *Call) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Of returns the call that the context is of, or nil.
func Of(ctx context.Context) *Call {
	c, _ := ctx.Value(key{}).(*Call)
	return c
}

// Caller returns who calls, in a context that a tool was called with.
func Caller(ctx context.Context) (identity.Principal, bool) {
	c := Of(ctx)
	if c == nil {
		return identity.Principal{}, false
	}
	return c.Who, true
}

// Progress tells the client how far the call has come. It does nothing if the
// client did not ask for progress. progress must grow from one report to the
// next; a total of 0 is unknown, and an empty message is left out.
func Progress(ctx context.Context, progress, total float64, message string) error {
	c := Of(ctx)
	if c == nil {
		return nil
	}
	token := c.ProgressToken()
	if token == nil {
		return nil
	}
	params, err := json.Marshal(struct {
		Token    jsontext.Value `json:"progressToken"`
		Progress float64        `json:"progress"`
		Total    float64        `json:"total,omitzero"`
		Message  string         `json:"message,omitempty"`
	}{token, progress, total, message})
	if err != nil {
		return err
	}
	return c.Peer.Notify(ctx, mcp.NoteProgress, params)
}

// ProgressToken is nil if the client wants no progress.
func (c *Call) ProgressToken() jsontext.Value {
	return mcp.Member(c.Meta, mcp.MetaProgressToken)
}

// readable is how the data of a log message is written: as that of a result.
var readable = json.JoinOptions(
	json.Deterministic(true),
	jsonv1.FormatByteArrayAsArray(true),
	jsonv1.FormatDurationAsNano(true),
)

// Log sends the client a log message. It does nothing if the client did not
// ask for messages of this level. data is anything that JSON can carry.
func Log(ctx context.Context, level slog.Level, data any) error {
	c := Of(ctx)
	if c == nil || c.Client == nil || c.Client.LogLevel == "" || !mcp.LevelReaches(levelName(level), c.Client.LogLevel) {
		return nil
	}
	params, err := json.Marshal(struct {
		Level  string `json:"level"`
		Logger string `json:"logger,omitempty"`
		Data   any    `json:"data"`
	}{levelName(level), c.Backend, data}, readable)
	if err != nil {
		return err
	}
	return c.Peer.Notify(ctx, mcp.NoteMessage, params)
}

// levels are those of the protocol, with the least slog.Level of each. What
// slog has no name for stands between and above its four.
var levels = []struct {
	name string
	from slog.Level
}{
	{"debug", slog.LevelDebug},
	{"info", slog.LevelInfo},
	{"notice", slog.LevelInfo + 2},
	{"warning", slog.LevelWarn},
	{"error", slog.LevelError},
	{"critical", slog.LevelError + 4},
	{"alert", slog.LevelError + 8},
	{"emergency", slog.LevelError + 12},
}

func levelName(level slog.Level) string {
	name := levels[0].name
	for _, l := range levels {
		if level >= l.from {
			name = l.name
		}
	}
	return name
}
