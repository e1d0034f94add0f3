package builtin

import (
	"context"
	"log/slog"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// call is one running request, as the functions that serve it see it through
// their context.
type call struct {
	backend string
	who     identity.Principal
	client  *mcp.Client
	meta    jsontext.Value // _meta of the params
	peer    mcp.Peer
}

type callKey struct{}

func (c *call) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// Caller returns who calls, in a context that a tool was called with.
func Caller(ctx context.Context) (identity.Principal, bool) {
	c := callOf(ctx)
	if c == nil {
		return identity.Principal{}, false
	}
	return c.who, true
}

// Progress tells the client how far the call has come. It does nothing if the
// client did not ask for progress. progress must grow from one report to the
// next; a total of 0 is unknown, and an empty message is left out.
func Progress(ctx context.Context, progress, total float64, message string) error {
	c := callOf(ctx)
	if c == nil {
		return nil
	}
	token := c.progressToken()
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
	return c.peer.Notify(ctx, mcp.NoteProgress, params)
}

// progressToken is nil if the client wants no progress.
func (c *call) progressToken() jsontext.Value {
	return mcp.Member(c.meta, mcp.MetaProgressToken)
}

// Log sends the client a log message. It does nothing if the client did not
// ask for messages of this level. data is anything that JSON can carry.
func Log(ctx context.Context, level slog.Level, data any) error {
	c := callOf(ctx)
	if c == nil || c.client == nil || c.client.LogLevel == "" || !mcp.LevelReaches(levelName(level), c.client.LogLevel) {
		return nil
	}
	params, err := json.Marshal(struct {
		Level  string `json:"level"`
		Logger string `json:"logger,omitempty"`
		Data   any    `json:"data"`
	}{levelName(level), c.backend, data}, strict)
	if err != nil {
		return err
	}
	return c.peer.Notify(ctx, mcp.NoteMessage, params)
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
