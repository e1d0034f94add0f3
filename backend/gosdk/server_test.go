//nolint:staticcheck // it hosts what only the older revisions have
package gosdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/gosdk"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

var (
	modern = backendtest.Clients()[0]
	legacy = backendtest.Clients()[1]
)

// host mounts a server that offers one tool.
func host(t *testing.T, options *sdk.ServerOptions, tool sdk.ToolHandler) (*gosdk.Server, *sdk.Server) {
	t.Helper()
	s := sdk.NewServer(&sdk.Implementation{Name: "test", Version: "1"}, options)
	if tool != nil {
		s.AddTool(&sdk.Tool{Name: "t", InputSchema: json.RawMessage(`{"type":"object"}`)}, tool)
	}
	b, err := gosdk.New("test", s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, s
}

func callT(t *testing.T, b *gosdk.Server, client *mcp.Client, peer mcp.Peer) string {
	t.Helper()
	res, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(client, mcp.MethodToolsCall, "t", `{}`, ""), peer)
	if err != nil {
		t.Fatalf("%s: %v", client.Revision, err)
	}
	return string(res.Raw)
}

func send(t *testing.T, b *gosdk.Server, client *mcp.Client, method, params string) (string, error) {
	t.Helper()
	res, err := b.Call(t.Context(), backendtest.Alice, &mcp.Request{Method: method, Params: jsontext.Value(params), Client: client}, new(backendtest.Peer))
	return string(res.Raw), err
}

func text(format string, args ...any) *sdk.CallToolResult {
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: fmt.Sprintf(format, args...)}}}
}

func TestHandlerSeesTheCallerAndTheClient(t *testing.T) {
	b, _ := host(t, nil, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		who, ok := running.Caller(ctx)
		info := req.Extra.TokenInfo
		params := req.Session.InitializeParams()
		return text("%v %s|%s %v|%s %s %v %v", ok, who.Name, info.UserID, info.Scopes,
			params.ClientInfo.Name, params.ProtocolVersion, params.Capabilities.Elicitation != nil, params.Capabilities.RootsV2.ListChanged), nil
	})
	for _, client := range backendtest.Clients() {
		want := fmt.Sprintf("true Alice|dev:alice [test]|suite %s true true", client.Revision)
		if got := callT(t, b, client, new(backendtest.Peer)); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", client.Revision, got, want)
		}
	}
}

func TestCallersDoNotShareASession(t *testing.T) {
	seen := make(map[string]bool)
	b, _ := host(t, nil, func(_ context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		seen[fmt.Sprintf("%p", req.Session)] = true
		return text("ok"), nil
	})
	bob := backendtest.Alice
	bob.Subject = "dev:bob"
	req := backendtest.Request(modern, mcp.MethodToolsCall, "t", `{}`, "")
	for range 2 {
		callT(t, b, modern, new(backendtest.Peer))
		callT(t, b, legacy, new(backendtest.Peer))
		if _, err := b.Call(t.Context(), bob, req, new(backendtest.Peer)); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d sessions for Alice's modern calls, Alice's legacy calls and Bob's, want 3", len(seen))
	}
}

func TestErrorsKeepCodeAndData(t *testing.T) {
	b, _ := host(t, nil, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return nil, fmt.Errorf("sorry: %w", &jsonrpc.Error{Code: -32042, Message: "look there", Data: json.RawMessage(`{"url":"x"}`)})
	})
	_, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(legacy, mcp.MethodToolsCall, "t", `{}`, ""), new(backendtest.Peer))
	e, ok := errors.AsType[*mcp.Error](err)
	if !ok || e.Code != -32042 || e.Message != "sorry: look there" || string(e.Data) != `{"url":"x"}` {
		t.Errorf("err = %#v", err)
	}
	if _, err := send(t, b, legacy, mcp.MethodToolsCall, `{"name":7}`); err == nil || mcp.Failure(err).Code != mcp.CodeInvalidParams {
		t.Errorf("params that cannot be read: %v, want code %d", err, mcp.CodeInvalidParams)
	}
	if _, err := send(t, b, legacy, "acme/unknown", `{}`); err == nil || mcp.Failure(err).Code != mcp.CodeMethodNotFound {
		t.Errorf("an unknown method: %v, want code %d", err, mcp.CodeMethodNotFound)
	}
}

func TestHandlerPanicIsHidden(t *testing.T) {
	var log strings.Builder
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	b, _ := host(t, nil, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) { panic("the secret") })
	_, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(modern, mcp.MethodToolsCall, "t", `{}`, ""), new(backendtest.Peer))
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(log.String(), "the secret") {
		t.Errorf("err = %v, log = %q", err, log.String())
	}
}

func TestAHandlerThatHangsIsLeft(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	b, _ := host(t, nil, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		<-release
		return text("late"), nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := b.Call(ctx, backendtest.Alice, backendtest.Request(modern, mcp.MethodToolsCall, "t", `{}`, ""), new(backendtest.Peer))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}

func TestAfterTheCallNobodyIsTold(t *testing.T) {
	over, told := make(chan struct{}), make(chan error)
	b, _ := host(t, nil, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		go func() {
			<-over
			_, err := req.Session.ListRoots(context.WithoutCancel(ctx), nil)
			told <- errors.Join(err, req.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: "t"}))
		}()
		return text("ok"), nil
	})
	peer := &backendtest.Peer{Answer: jsontext.Value(`{"roots":[]}`)}
	callT(t, b, legacy, peer)
	close(over)
	if err := <-told; err == nil || len(peer.Notes()) != 0 {
		t.Errorf("err = %v, notes = %q", err, peer.Notes())
	}
}

// Handlers lose their context now and then. Progress still finds its call by
// its token, and a question the only call there is.
func TestWithoutContext(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	b, _ := host(t, nil, func(_ context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		both.Done()
		both.Wait()
		return text("ok"), req.Session.NotifyProgress(context.Background(), &sdk.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(), Progress: 1})
	})
	var all sync.WaitGroup
	for _, token := range []string{`"a"`, `7`} {
		all.Go(func() {
			peer := new(backendtest.Peer)
			if _, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(legacy, mcp.MethodToolsCall, "t", `{}`, token), peer); err != nil {
				t.Error(err)
			}
			want := []string{`notifications/progress {"progressToken":` + token + `,"progress":1}`}
			if got := peer.Notes(); !slices.Equal(got, want) {
				t.Errorf("the client was told %q, want %q", got, want)
			}
		})
	}
	all.Wait()

	asks, _ := host(t, nil, func(_ context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		roots, err := req.Session.ListRoots(context.Background(), nil)
		if err != nil {
			return nil, err
		}
		return text("%s", roots.Roots[0].URI), nil
	})
	peer := &backendtest.Peer{Answer: jsontext.Value(`{"roots":[{"uri":"file:///home"}]}`)}
	if got := callT(t, asks, legacy, peer); !strings.Contains(got, "file:///home") {
		t.Errorf("result = %s", got)
	}
}

// What a modern client cannot be asked in mid-call is asked in the result, and
// the answers come with the same call again.
func TestInputRequired(t *testing.T) {
	tool := func(_ context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		if answer, ok := req.Params.InputResponses["who"].(*sdk.ElicitResult); ok {
			return text("hello %v, %s", answer.Content["name"], req.Params.RequestState), nil
		}
		return &sdk.CallToolResult{
			InputRequests: sdk.InputRequestMap{"who": &sdk.ElicitParams{Message: "Who?", RequestedSchema: map[string]any{"type": "object"}}},
			RequestState:  "round two",
		}, nil
	}
	b, _ := host(t, nil, tool)
	got := callT(t, b, modern, new(backendtest.Peer))
	for _, want := range []string{`"resultType":"input_required"`, `"requestState":"round two"`, `"method":"elicitation/create"`} {
		if !strings.Contains(got, want) {
			t.Errorf("first result %s, want %s", got, want)
		}
	}
	got, err := send(t, b, modern, mcp.MethodToolsCall, `{"name":"t","requestState":"round two","inputResponses":{"who":{"action":"accept","content":{"name":"Alice"}}}}`)
	if err != nil || !strings.Contains(got, "hello Alice, round two") || !strings.Contains(got, `"resultType":"complete"`) {
		t.Errorf("second result %s, %v", got, err)
	}

	// A legacy client is asked meanwhile.
	peer := &backendtest.Peer{Answer: jsontext.Value(`{"action":"accept","content":{"name":"Bob"}}`)}
	if got := callT(t, b, legacy, peer); !strings.Contains(got, "hello Bob") {
		t.Errorf("legacy result %s", got)
	}
}

func TestSampling(t *testing.T) {
	b, _ := host(t, nil, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		m, err := req.Session.CreateMessage(ctx, &sdk.CreateMessageParams{MaxTokens: 5})
		if err != nil {
			return nil, err
		}
		return text("%s says %s", m.Model, m.Content.(*sdk.TextContent).Text), nil
	})
	peer := &backendtest.Peer{Answer: jsontext.Value(`{"model":"m1","role":"assistant","content":{"type":"text","text":"hi"}}`)}
	if got := callT(t, b, legacy, peer); !strings.Contains(got, "m1 says hi") {
		t.Errorf("result %s", got)
	}
}

func TestLogMessagesFollowTheLevel(t *testing.T) {
	b, _ := host(t, nil, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		for _, level := range []sdk.LoggingLevel{"debug", "warning"} {
			if err := req.Session.Log(ctx, &sdk.LoggingMessageParams{Level: level, Data: "x"}); err != nil {
				return nil, err
			}
		}
		return text("ok"), nil
	})
	for _, client := range []mcp.Client{*modern, *legacy} {
		for level, want := range map[string]int{"": 0, "info": 1, "debug": 2} {
			client.LogLevel = level
			peer := new(backendtest.Peer)
			callT(t, b, &client, peer)
			if got := len(peer.Notes()); got != want {
				t.Errorf("%s, level %q: %d messages, want %d", client.Revision, level, got, want)
			}
		}
	}
}

func TestPromptsResourcesCompletionAndOwnMethods(t *testing.T) {
	b, s := host(t, &sdk.ServerOptions{
		Instructions: "Be kind.",
		PageSize:     2,
		CompletionHandler: func(_ context.Context, req *sdk.CompleteRequest) (*sdk.CompleteResult, error) {
			return &sdk.CompleteResult{Completion: sdk.CompletionResultDetails{Values: []string{req.Params.Argument.Value + "!"}}}, nil
		},
	}, nil)
	for i := range 5 {
		s.AddPrompt(&sdk.Prompt{Name: fmt.Sprint("p", i)}, func(_ context.Context, req *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
			return &sdk.GetPromptResult{Description: req.Params.Name + req.Params.Arguments["x"]}, nil
		})
	}
	read := func(_ context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: req.Params.URI, Text: "body"}}}, nil
	}
	s.AddResource(&sdk.Resource{Name: "r", URI: "file:///r"}, read)
	s.AddResourceTemplate(&sdk.ResourceTemplate{Name: "rt", URITemplate: "file:///x/{id}"}, read)
	type hello struct {
		sdk.ParamsBase
		Name string `json:"name"`
	}
	type answer struct {
		sdk.ResultBase
		Text string `json:"text"`
	}
	if err := sdk.AddReceivingCustomMethod(s, "acme/hello", func(ctx context.Context, _ *sdk.ServerSession, p *hello) (*answer, error) {
		who, _ := running.Caller(ctx)
		return &answer{Text: p.Name + who.Name}, nil
	}); err != nil {
		t.Fatal(err)
	}

	c, err := b.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Prompts) != 5 || len(c.Resources) != 1 || c.Templates[0].Name != "file:///x/{id}" || c.Instructions != "Be kind." {
		t.Errorf("catalog = %+v", c)
	}
	for _, client := range []*mcp.Client{modern, legacy} {
		meta := string(mcp.Member(backendtest.Request(client, "", "", "{}", "").Params, "_meta"))
		for _, row := range []struct{ method, params, want string }{
			{mcp.MethodPromptsGet, `{"name":"p3","arguments":{"x":"y"}`, `"description":"p3y"`},
			{mcp.MethodResourcesRead, `{"uri":"file:///r"`, `"text":"body"`},
			{mcp.MethodResourcesRead, `{"uri":"file:///x/7"`, `"uri":"file:///x/7"`},
			{mcp.MethodComplete, `{"ref":{"type":"ref/prompt","name":"p1"},"argument":{"name":"x","value":"v"}`, `"values":["v!"]`},
			{"acme/hello", `{"name":"hi "`, `"text":"hi Alice"`},
		} {
			got, err := send(t, b, client, row.method, row.params+`,"_meta":`+meta+`}`)
			if err != nil || !strings.Contains(got, row.want) {
				t.Errorf("%s: %s = %s, %v, want %s", client.Revision, row.method, got, err, row.want)
			}
		}
	}
}

func TestWatchResources(t *testing.T) {
	subscribed := make(chan string, 9)
	b, s := host(t, &sdk.ServerOptions{
		SubscribeHandler: func(_ context.Context, r *sdk.SubscribeRequest) error {
			subscribed <- "+" + r.Params.URI + " " + r.Extra.TokenInfo.UserID
			return nil
		},
		UnsubscribeHandler: func(_ context.Context, r *sdk.UnsubscribeRequest) error {
			subscribed <- "-" + r.Params.URI
			return nil
		},
	}, nil)
	s.AddResource(&sdk.Resource{Name: "r", URI: "file:///r"}, nil)
	heard := make(chan string, 9)
	ctx, cancel := context.WithCancel(t.Context())
	honoured, err := b.Watch(ctx, backendtest.Alice, legacy, mcp.Changes{Tools: true, URIs: []string{"file:///r"}}, func(method string, params jsontext.Value) {
		heard <- method + " " + string(params)
	})
	if err != nil || honoured.Tools || !slices.Equal(honoured.URIs, []string{"file:///r"}) {
		t.Fatalf("Watch = %+v, %v", honoured, err)
	}
	for _, uri := range []string{"file:///other", "file:///r"} {
		if err := s.ResourceUpdated(t.Context(), &sdk.ResourceUpdatedNotificationParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := <-heard, `notifications/resources/updated {"uri":"file:///r"}`; got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
	cancel()
	if got, want := <-subscribed+<-subscribed, "+file:///r dev:alice-file:///r"; got != want {
		t.Errorf("the server heard %s, want %s", got, want)
	}
}

func TestWhoHearsOfAChangeFindsTheNewList(t *testing.T) {
	for range 20 {
		b, s := host(t, nil, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) { return text("ok"), nil })
		heard := make(chan struct{}, 1)
		if _, err := b.Watch(t.Context(), backendtest.Alice, modern, mcp.Changes{Tools: true}, func(string, jsontext.Value) { heard <- struct{}{} }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Catalog(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.AddTool(&sdk.Tool{Name: "new", InputSchema: json.RawMessage(`{"type":"object"}`)}, nil)
		<-heard
		c, err := b.Catalog(t.Context())
		if err != nil || len(c.Tools) != 2 {
			t.Fatalf("catalog has %d tools, %v, want 2", len(c.Tools), err)
		}
	}
}

func TestRootsChangeReachesTheServer(t *testing.T) {
	changed := make(chan string, 1)
	initialized := make(chan string, 1)
	b, _ := host(t, &sdk.ServerOptions{
		InitializedHandler:      func(_ context.Context, r *sdk.InitializedRequest) { initialized <- r.Session.ID() },
		RootsListChangedHandler: func(_ context.Context, r *sdk.RootsListChangedRequest) { changed <- r.Session.ID() },
	}, nil)
	if _, err := send(t, b, legacy, mcp.NoteRootsChanged, `{}`); err != nil {
		t.Fatal(err)
	}
	if a, c := <-initialized, <-changed; a != legacy.Session || c != legacy.Session {
		t.Errorf("sessions %q and %q, want %q", a, c, legacy.Session)
	}
}

func TestIdleSessionsAreClosedUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := host(t, nil, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) { return text("ok"), nil })
		callT(t, b, legacy, new(backendtest.Peer))
		count := func() (n int) {
			for range s.Sessions() {
				n++
			}
			return n
		}
		if got := count(); got != 1 {
			t.Errorf("%d sessions, want 1", got)
		}
		time.Sleep(11 * time.Minute) // the bubble's clock
		synctest.Wait()
		if got := count(); got != 0 {
			t.Errorf("%d sessions after idling, want 0", got)
		}
		if got := callT(t, b, legacy, new(backendtest.Peer)); !strings.Contains(got, "ok") {
			t.Errorf("a call after idling = %s", got)
		}
		b.Close()
		synctest.Wait()
	})
}
