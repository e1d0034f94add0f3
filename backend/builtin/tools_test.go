package builtin

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

type pair struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b"`
}

type sum struct {
	Sum float64 `json:"sum"`
}

func add(_ context.Context, in pair) (sum, error) { return sum{in.A + in.B}, nil }

type none struct{}

var (
	alice  = identity.Principal{Subject: "dev:alice", Name: "Alice", ClientID: "c1", Client: "Inspector", Scopes: []string{"math"}}
	legacy = &mcp.Client{Revision: mcp.R20251125, Session: "s1", LogLevel: "info"}
	modern = &mcp.Client{Revision: mcp.R20260728}
)

// peer keeps what it is told.
type peer struct {
	notes []string
}

func (p *peer) Notify(_ context.Context, method string, params jsontext.Value) error {
	p.notes = append(p.notes, method+" "+string(params))
	return nil
}

func (p *peer) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}

func tools[In, Out any](t testing.TB, name string, f func(context.Context, In) (Out, error), options ...Option) *Tools {
	t.Helper()
	tool, err := NewTool(name, "Does a thing.", f, options...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewTools("math", tool)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func callTool(t testing.TB, b *Tools, client *mcp.Client, params string) string {
	t.Helper()
	res, err := b.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(params), Client: client}, new(peer))
	if err != nil {
		t.Fatalf("Call(%s): %v", params, err)
	}
	return string(res.Raw)
}

func TestCall(t *testing.T) {
	b := tools(t, "add", add)
	got := callTool(t, b, legacy, `{"name":"add","arguments":{"a":2,"b":3}}`)
	if want := `{"content":[{"type":"text","text":"{\"sum\":5}"}],"structuredContent":{"sum":5}}`; got != want {
		t.Errorf("legacy result\n got %s\nwant %s", got, want)
	}
	got = callTool(t, b, modern, `{"_meta":{},"arguments":{"b":3,"a":2e0},"name":"\u0061dd"}`)
	if want := `{"resultType":"complete","content":[{"type":"text","text":"{\"sum\":5}"}],"structuredContent":{"sum":5}}`; got != want {
		t.Errorf("modern result\n got %s\nwant %s", got, want)
	}
}

func TestCallRefuses(t *testing.T) {
	b := tools(t, "add", add)
	for what, c := range map[string]struct {
		method, params string
		code           int
	}{
		"a tool that is not there":  {mcp.MethodToolsCall, `{"name":"drop"}`, mcp.CodeInvalidParams},
		"a name that is no string":  {mcp.MethodToolsCall, `{"name":7}`, mcp.CodeInvalidParams},
		"params that are no object": {mcp.MethodToolsCall, `[]`, mcp.CodeInvalidParams},
		"no params":                 {mcp.MethodToolsCall, ``, mcp.CodeInvalidParams},
		"another method":            {mcp.MethodPromptsGet, `{"name":"add"}`, mcp.CodeMethodNotFound},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := b.Call(t.Context(), alice, &mcp.Request{Method: c.method, Params: jsontext.Value(c.params), Client: modern}, new(peer))
			if e, ok := errors.AsType[*mcp.Error](err); !ok || e.Code != c.code {
				t.Errorf("Call = %v, want code %d", err, c.code)
			}
		})
	}
}

func TestErrorIsToolError(t *testing.T) {
	b := tools(t, "fail", func(context.Context, none) (none, error) { return none{}, errors.New(`no "such" thing`) })
	got := callTool(t, b, legacy, `{"name":"fail"}`)
	if want := `{"content":[{"type":"text","text":"no \"such\" thing"}],"isError":true}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPanicIsLoggedAndHidden(t *testing.T) {
	var log strings.Builder
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))

	b := tools(t, "boom", func(context.Context, none) (none, error) { panic("the secret") })
	got := callTool(t, b, legacy, `{"name":"boom"}`)
	if !strings.Contains(got, `"isError":true`) || strings.Contains(got, "secret") {
		t.Errorf("got %s, want a tool error without the panic's text", got)
	}
	if !strings.Contains(log.String(), "the secret") || !strings.Contains(log.String(), "tools_test.go") {
		t.Errorf("log = %q, want the panic's text and its stack", log.String())
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tools(t, "wait", func(ctx context.Context, _ none) (none, error) {
			<-ctx.Done()
			return none{}, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := b.Call(ctx, alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"wait"}`)}, new(peer))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Call = %v, want the context's error", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tools(t, "wait", func(ctx context.Context, _ none) (none, error) {
			<-ctx.Done()
			return none{}, ctx.Err()
		}, Timeout(5*time.Second))
		got := callTool(t, b, legacy, `{"name":"wait"}`)
		if want := "the tool did not finish within 5s"; !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	})
}

func TestCallerProgressAndLog(t *testing.T) {
	b := tools(t, "work", func(ctx context.Context, _ none) (map[string]string, error) {
		who, ok := running.Caller(ctx)
		if !ok {
			return nil, errors.New("nobody")
		}
		err := errors.Join(
			running.Progress(ctx, 1, 2, "half"),
			running.Log(ctx, slog.LevelDebug, "hidden"),
			running.Log(ctx, slog.LevelWarn, map[string]int{"n": 1}),
		)
		return map[string]string{"who": who.Name + " through " + who.Client}, err
	})
	p := new(peer)
	req := &mcp.Request{Method: mcp.MethodToolsCall, Client: legacy, Params: jsontext.Value(`{"name":"work","_meta":{"progressToken":"t1"}}`)}
	res, err := b.Call(t.Context(), alice, req, p)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"structuredContent":{"who":"Alice through Inspector"}`; !strings.Contains(string(res.Raw), want) {
		t.Errorf("result = %s, want %s", res.Raw, want)
	}
	want := `notifications/progress {"progressToken":"t1","progress":1,"total":2,"message":"half"}
notifications/message {"level":"warning","logger":"math","data":{"n":1}}`
	if got := strings.Join(p.notes, "\n"); got != want {
		t.Errorf("told the client\n%s\nwant\n%s", got, want)
	}

	req.Params, req.Client = jsontext.Value(`{"name":"work"}`), modern
	p.notes = nil
	if _, err := b.Call(t.Context(), alice, req, p); err != nil || len(p.notes) != 0 {
		t.Errorf("told a client that asked for nothing: %q, %v", p.notes, err)
	}
	if _, ok := running.Caller(t.Context()); ok {
		t.Error("a caller outside of a call")
	}
}

func TestCatalog(t *testing.T) {
	b := tools(t, "add", add, Title("Add"), ReadOnly(), Scope("math:admin"))
	c, err := b.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, _ := b.Catalog(t.Context())
	if c != again {
		t.Error("the catalog's pointer changed")
	}
	want := `{"name":"add","title":"Add","description":"Does a thing.",` +
		`"inputSchema":{"type":"object","properties":{"a":{"type":"number","description":"the first number"},"b":{"type":"number"}},"required":["a","b"],"additionalProperties":false},` +
		`"outputSchema":{"type":"object","properties":{"sum":{"type":"number"}},"required":["sum"],"additionalProperties":false},` +
		`"annotations":{"readOnlyHint":true}}`
	if got := string(c.Tools[0].Raw); got != want {
		t.Errorf("tool\n got %s\nwant %s", got, want)
	}
	if got := strings.Join(c.Tools[0].Scopes, " "); got != "math:admin" {
		t.Errorf("scopes = %q, want math:admin", got)
	}
}

func TestToolNames(t *testing.T) {
	for name, want := range map[string]bool{
		"add": true, "Get_user.v-2": true, strings.Repeat("a", 128): true,
		"": false, "no spaces": false, "a/b": false, "é": false, "a\n": false, strings.Repeat("a", 129): false,
	} {
		if got := isToolName(name); got != want {
			t.Errorf("isToolName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestNewToolRefuses(t *testing.T) {
	type cycle struct {
		Next *cycle `json:"next"`
	}
	_, name := NewTool("no spaces", "", add)
	_, input := NewTool("text", "", func(context.Context, string) (none, error) { return none{}, nil })
	_, output := NewTool("list", "", func(context.Context, none) ([]int, error) { return nil, nil })
	_, cyclic := NewTool("cycle", "", func(context.Context, cycle) (none, error) { return none{}, nil })
	_, own := NewTool("when", "", func(context.Context, time.Time) (none, error) { return none{}, nil })
	_, nothing := NewTool[none, none]("nothing", "", nil)
	for want, err := range map[string]error{
		`tool "no spaces": a name`:                     name,
		`tool "text": input: string is no struct`:      input,
		`tool "list": output: []int is no struct`:      output,
		`tool "cycle": input: `:                        cyclic,
		`tool "when": input: time.Time writes its own`: own,
		`tool "nothing": no function`:                  nothing,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}

	a, _ := NewTool("add", "", add)
	if _, err := NewTools("math", a, a); err == nil {
		t.Error("two tools of one name were accepted")
	}
	if _, err := NewTools("math", Tool{}); err == nil {
		t.Error("an empty tool was accepted")
	}
}

func BenchmarkCall(b *testing.B) {
	t := tools(b, "add", add)
	req := &mcp.Request{Method: mcp.MethodToolsCall, Client: modern, Params: jsontext.Value(`{"name":"add","arguments":{"a":2,"b":3},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}`)}
	p := new(peer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Call(b.Context(), alice, req, p); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzCall(f *testing.F) {
	for _, seed := range []string{
		`{"name":"add","arguments":{"a":2,"b":3}}`, `{"name":"add","_meta":{"progressToken":1}}`,
		`{"name":"add","arguments":null}`, `{"name":"\ud800"}`, `{"name":"add","name":"add"}`, `[`,
	} {
		f.Add(seed)
	}
	tool, err := NewTool("add", "Adds.", add)
	if err != nil {
		f.Fatal(err)
	}
	b, err := NewTools("math", tool)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, params string) {
		res, err := b.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(params), Client: modern}, new(peer))
		if err != nil {
			if _, ok := errors.AsType[*mcp.Error](err); !ok {
				t.Errorf("err = %v, want an *mcp.Error", err)
			}
			return
		}
		if !res.Raw.IsValid() {
			t.Errorf("result = %s, want JSON", res.Raw)
		}
	})
}
