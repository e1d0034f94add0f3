package backends

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// guest is a client that can be asked everything.
type guest struct {
	session *sdk.ClientSession
	ctx     context.Context
	heard   *heard
}

// heard is what the client was told beside its answers.
type heard struct {
	mu       sync.Mutex
	progress map[string]int
	updated  []string
}

// bearer sends a token with each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// connect connects the official Go client at a revision.
func connect(t *testing.T, o *others, revision string) *guest {
	t.Helper()
	h := &heard{progress: make(map[string]int)}
	client := sdk.NewClient(&sdk.Implementation{Name: "guest", Version: "1"}, &sdk.ClientOptions{
		ElicitationHandler: func(context.Context, *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		CreateMessageHandler: func(context.Context, *sdk.CreateMessageRequest) (*sdk.CreateMessageResult, error) {
			return &sdk.CreateMessageResult{Role: "assistant", Model: "none", Content: &sdk.TextContent{Text: "sampled"}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.progress[fmt.Sprint(r.Params.ProgressToken)]++
		},
		ResourceUpdatedHandler: func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.updated = append(h.updated, r.Params.URI)
		},
	})
	client.AddRoots(&sdk.Root{URI: "file:///home/ada", Name: "home"})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	session, err := client.Connect(ctx,
		&sdk.StreamableClientTransport{Endpoint: o.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer(o.token)}},
		&sdk.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	if got := session.InitializeResult().ProtocolVersion; got != revision {
		t.Fatalf("connected at %s, want %s", got, revision)
	}
	return &guest{session, ctx, h}
}

// with is the guest in a subtest, with a time limit of its own.
func (g *guest) with(t *testing.T) *guest {
	ctx, cancel := context.WithTimeout(g.ctx, 30*time.Second)
	t.Cleanup(cancel)
	return &guest{g.session, ctx, g.heard}
}

// call calls a tool and returns all the text of its result.
func (g *guest) call(t *testing.T, tool string, args map[string]any) string {
	t.Helper()
	if args == nil {
		args = map[string]any{}
	}
	params := &sdk.CallToolParams{Name: tool, Arguments: args}
	params.SetProgressToken(tool)
	res, err := g.session.CallTool(g.ctx, params)
	if err != nil {
		t.Errorf("%s: %v", tool, err)
		return ""
	}
	var all []string
	for _, c := range res.Content {
		if text, ok := c.(*sdk.TextContent); ok {
			all = append(all, text.Text)
		} else {
			all = append(all, fmt.Sprintf("%T", c))
		}
	}
	said := strings.Join(all, "\n")
	if res.IsError {
		t.Errorf("%s failed: %s", tool, said)
	}
	return said
}

// want calls a tool and wants to find something in the text of its result.
func (g *guest) want(t *testing.T, tool string, args map[string]any, want string) {
	t.Helper()
	if got := g.call(t, tool, args); !strings.Contains(got, want) {
		t.Errorf("%s = %q, want %q in it", tool, got, want)
	}
}

// reported returns how often there was progress of a tool.
func (g *guest) reported(tool string) int {
	g.heard.mu.Lock()
	defer g.heard.mu.Unlock()
	return g.heard.progress[tool]
}

// everything uses the tools of server-everything.
func (g *guest) everything(t *testing.T, prefix string) {
	g.want(t, prefix+"echo", map[string]any{"message": "hello"}, "hello")
	g.want(t, prefix+"get-sum", map[string]any{"a": 2, "b": 3}, "5")
	g.want(t, prefix+"get-tiny-image", nil, "*mcp.ImageContent")
	g.want(t, prefix+"get-resource-links", map[string]any{"count": 2}, "*mcp.ResourceLink")
	g.want(t, prefix+"get-structured-content", map[string]any{"location": "Chicago"}, "temperature")
	before := g.reported(prefix + "trigger-long-running-operation")
	g.want(t, prefix+"trigger-long-running-operation", map[string]any{"duration": 0.4, "steps": 4}, "completed")
	eventually(t, "progress was reported four times", func() bool { return g.reported(prefix+"trigger-long-running-operation") == before+4 })
	g.want(t, prefix+"trigger-elicitation-request", nil, "Name: Ada")
	g.want(t, prefix+"trigger-sampling-request", map[string]any{"prompt": "x", "maxTokens": 10}, "sampled")
}

// library uses the prompts and resources of server-everything.
func (g *guest) library(t *testing.T) {
	const uri = "demo://resource/dynamic/text/1"
	read, err := g.session.ReadResource(g.ctx, &sdk.ReadResourceParams{URI: uri})
	if err != nil || len(read.Contents) != 1 || !strings.Contains(read.Contents[0].Text, "Resource 1") {
		t.Errorf("resources/read = %+v, %v", read, err)
	}
	templates, err := g.session.ListResourceTemplates(g.ctx, nil)
	if err != nil || len(templates.ResourceTemplates) != 2 {
		t.Errorf("resources/templates/list = %+v, %v", templates, err)
	}
	prompt, err := g.session.GetPrompt(g.ctx, &sdk.GetPromptParams{Name: "everything_args-prompt", Arguments: map[string]string{"city": "Paris"}})
	if err != nil || len(prompt.Messages) == 0 || !strings.Contains(prompt.Messages[0].Content.(*sdk.TextContent).Text, "Paris") {
		t.Errorf("prompts/get = %+v, %v", prompt, err)
	}
	completed, err := g.session.Complete(g.ctx, &sdk.CompleteParams{
		Ref:      &sdk.CompleteReference{Type: "ref/prompt", Name: "everything_completable-prompt"},
		Argument: sdk.CompleteParamsArgument{Name: "department", Value: "E"},
	})
	if err != nil || !slices.Contains(completed.Completion.Values, "Engineering") {
		t.Errorf("completion/complete = %+v, %v", completed, err)
	}
	g.subscribe(t, uri)
}

// subscribe hears of updates of a resource.
func (g *guest) subscribe(t *testing.T, uri string) {
	if err := g.session.Subscribe(g.ctx, &sdk.SubscribeParams{URI: uri}); err != nil {
		t.Errorf("resources/subscribe: %v", err)
		return
	}
	g.want(t, "everything_toggle-subscriber-updates", nil, "Started")
	eventually(t, "the update is heard", func() bool {
		g.heard.mu.Lock()
		defer g.heard.mu.Unlock()
		return slices.Contains(g.heard.updated, uri)
	})
	g.want(t, "everything_toggle-subscriber-updates", nil, "Stopped")
	if err := g.session.Unsubscribe(g.ctx, &sdk.UnsubscribeParams{URI: uri}); err != nil {
		t.Errorf("resources/unsubscribe: %v", err)
	}
}

// files uses server-filesystem.
func (g *guest) files(t *testing.T, folder string) {
	path := filepath.Join(folder, "note.txt")
	g.want(t, "files_write_file", map[string]any{"path": path, "content": "remember"}, "Successfully")
	g.want(t, "files_read_text_file", map[string]any{"path": path}, "remember")
	g.want(t, "files_list_directory", map[string]any{"path": folder}, "note.txt")
	res, err := g.session.CallTool(g.ctx, &sdk.CallToolParams{Name: "files_read_text_file", Arguments: map[string]any{"path": "/etc/passwd"}})
	if err != nil || !res.IsError {
		t.Errorf("a file outside = %+v, %v, want the server's refusal", res, err)
	}
}

// memory uses server-memory.
func (g *guest) memory(t *testing.T) {
	name := "gate of " + g.session.InitializeResult().ProtocolVersion
	g.want(t, "memory_create_entities", map[string]any{"entities": []any{
		map[string]any{"name": name, "entityType": "place", "observations": []any{"has a keeper"}},
	}}, "keeper")
	g.want(t, "memory_search_nodes", map[string]any{"query": name}, "has a keeper")
}

// sdkV2 uses a server of the new era.
func (g *guest) sdkV2(t *testing.T, prefix string) {
	g.want(t, prefix+"sum", map[string]any{"a": 2, "b": 3}, "5")
	g.want(t, prefix+"era", nil, "modern")
	before := g.reported(prefix + "count")
	g.want(t, prefix+"count", nil, "counted")
	eventually(t, "progress was reported three times", func() bool { return g.reported(prefix+"count") == before+3 })
	g.want(t, prefix+"greet", nil, "hello Ada")
	prompt, err := g.session.GetPrompt(g.ctx, &sdk.GetPromptParams{Name: prefix + "haiku", Arguments: map[string]string{"topic": "gates"}})
	if err != nil || len(prompt.Messages) != 1 {
		t.Errorf("prompts/get = %+v, %v", prompt, err)
	}
	if prefix == "v2_" {
		read, err := g.session.ReadResource(g.ctx, &sdk.ReadResourceParams{URI: "test://motto"})
		if err != nil || len(read.Contents) != 1 || read.Contents[0].Text != "less is more" {
			t.Errorf("resources/read = %+v, %v", read, err)
		}
	}
}
