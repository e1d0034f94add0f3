// Command backend is a server that uses all that MCP has: the fixture of the
// conformance suite, and what that lacks.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/conformance/fixture"
	"gatehouse/e2e/upstream"
)

func main() {
	s := fixture.Server()
	addTools(s)
	addView(s)
	if err := mcp.AddReceivingCustomMethod(s, "acme/echo", echoMethod); err != nil {
		panic(err)
	}
	upstream.Main(s)
}

type nothing struct{}

type said struct {
	Text string `json:"text"`
}

func text(format string, args ...any) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(format, args...)}}}
}

func addTools(s *mcp.Server) {
	var cancelled atomic.Int64
	mcp.AddTool(s, &mcp.Tool{
		Name:        "echo",
		Description: "Says what it heard, and what came with it.",
		Meta:        mcp.Meta{"ui": map[string]any{"resourceUri": "ui://view"}, "acme/kept": []any{1, "two"}},
	}, func(_ context.Context, req *mcp.CallToolRequest, in said) (*mcp.CallToolResult, said, error) {
		return &mcp.CallToolResult{Meta: mcp.Meta{"acme/heard": req.Params.Meta["acme/trace"]}}, in, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "wait", Description: "Waits until it is cancelled."},
		func(ctx context.Context, _ *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
			<-ctx.Done()
			cancelled.Add(1)
			return nil, nil, ctx.Err()
		})
	mcp.AddTool(s, &mcp.Tool{Name: "cancelled", Description: "Counts how often it was."},
		func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
			return text("%d", cancelled.Load()+upstream.Left()), nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "touch", Description: "Changes a resource."},
		func(ctx context.Context, _ *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
			return text("touched"), nil, s.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: "test://watched-resource"})
		})
	mcp.AddTool(s, &mcp.Tool{Name: "visit", Description: "Sends the person to an address."},
		func(_ context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
			if answer, ok := req.Params.InputResponses["visit"].(*mcp.ElicitResult); ok {
				return text("visited: %s", answer.Action), nil, nil
			}
			return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"visit": &mcp.ElicitParams{
				Mode: "url", Message: "Please pay.", URL: "https://pay.example.com/7", ElicitationID: "7",
			}}}, nil, nil
		})
}

// addView adds a page that a client can show (MCP Apps).
func addView(s *mcp.Server) {
	const kind = "text/html;profile=mcp-app"
	s.AddResource(&mcp.Resource{Name: "view", URI: "ui://view", MIMEType: kind},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: "ui://view", MIMEType: kind, Text: "<p>Hello</p>"}}}, nil
		})
}

// echo is of an extension that nobody on the way knows.
type echo struct {
	mcp.ParamsBase
	Word string          `json:"word"`
	More json.RawMessage `json:"more"`
}

type echoed struct {
	mcp.ResultBase
	Word string          `json:"word"`
	More json.RawMessage `json:"more"`
}

func echoMethod(_ context.Context, _ *mcp.ServerSession, p *echo) (*echoed, error) {
	return &echoed{Word: p.Word, More: p.More}, nil
}
