package running_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

// told keeps the last that it was told.
type told struct{ method, params string }

func (t *told) Notify(_ context.Context, method string, params jsontext.Value) error {
	t.method, t.params = method, string(params)
	return nil
}

func (t *told) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}

func TestLog(t *testing.T) {
	for name, tt := range map[string]struct {
		wanted string
		level  slog.Level
		data   any
		want   string
	}{
		"a level that the client wants":     {"info", slog.LevelWarn, "x", `{"level":"warning","logger":"math","data":"x"}`},
		"one that it does not want":         {"warning", slog.LevelInfo, "x", ""},
		"one between those of slog":         {"debug", slog.LevelInfo + 2, "x", `{"level":"notice","logger":"math","data":"x"}`},
		"one above them":                    {"debug", slog.LevelError + 99, "x", `{"level":"emergency","logger":"math","data":"x"}`},
		"a client that wants none":          {"", slog.LevelError, "x", ""},
		"data of any kind":                  {"debug", slog.LevelDebug, map[string]int{"b": 1, "a": 2}, `{"level":"debug","logger":"math","data":{"a":2,"b":1}}`},
		"a duration, which JSON has not":    {"debug", slog.LevelDebug, time.Second, `{"level":"debug","logger":"math","data":1000000000}`},
		"bytes of a fixed number, as a row": {"debug", slog.LevelDebug, [2]byte{1, 2}, `{"level":"debug","logger":"math","data":[1,2]}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := new(told)
			c := &running.Call{Backend: "math", Client: &mcp.Client{LogLevel: tt.wanted}, Peer: got}
			if err := running.Log(c.In(t.Context()), tt.level, tt.data); err != nil || got.params != tt.want {
				t.Errorf("told %s, %v; want %s", got.params, err, tt.want)
			}
		})
	}
}

func TestOutsideOfACall(t *testing.T) {
	if who, ok := running.Caller(t.Context()); ok {
		t.Errorf("the caller is %v", who)
	}
	if err := running.Progress(t.Context(), 1, 2, ""); err != nil {
		t.Errorf("progress: %v", err)
	}
	if err := running.Log(t.Context(), slog.LevelError, "x"); err != nil {
		t.Errorf("log: %v", err)
	}
}

func TestInACall(t *testing.T) {
	got := new(told)
	c := &running.Call{Who: identity.Principal{Name: "Alice"}, Meta: jsontext.Value(`{"progressToken":7}`), Peer: got}
	ctx := c.In(t.Context())
	if who, ok := running.Caller(ctx); !ok || who.Name != "Alice" {
		t.Errorf("the caller is %v, want Alice", who)
	}
	if err := running.Progress(ctx, 1, 0, ""); err != nil || got.params != `{"progressToken":7,"progress":1}` {
		t.Errorf("told %s, %v", got.params, err)
	}
}
