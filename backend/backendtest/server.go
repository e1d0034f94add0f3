package backendtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Pair is what add takes.
type Pair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Sum is what add and count return.
type Sum struct {
	Sum float64 `json:"sum"`
}

// From is what count takes.
type From struct {
	From float64 `json:"from"`
}

// NewServer returns a server of the official SDK with the tools of the suite:
//
//	add    {a, b}  adds two numbers
//	wait   {}      waits until it is cancelled
//	count  {from}  adds the next three numbers, and reports each as progress
//	ask    {}      asks for a name, and greets it
//	grow   {name}  adds a tool of that name
func NewServer() *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "suite", Version: "1"}, nil)
	sdk.AddTool(s, &sdk.Tool{Name: "add"}, add)
	sdk.AddTool(s, &sdk.Tool{Name: "wait"}, wait)
	sdk.AddTool(s, &sdk.Tool{Name: "count"}, count)
	sdk.AddTool(s, &sdk.Tool{Name: "ask"}, ask)
	sdk.AddTool(s, &sdk.Tool{Name: "grow"}, func(_ context.Context, _ *sdk.CallToolRequest, in named) (*sdk.CallToolResult, any, error) {
		sdk.AddTool(s, &sdk.Tool{Name: in.Name}, add)
		return &sdk.CallToolResult{}, nil, nil
	})
	return s
}

type named struct {
	Name string `json:"name"`
}

type nothing struct{}

func add(_ context.Context, _ *sdk.CallToolRequest, in Pair) (*sdk.CallToolResult, Sum, error) {
	return nil, Sum{in.A + in.B}, nil
}

// patience is how long wait waits. The SDK's SSE server does not end before its
// tools do, and a request that was cut short may come after its cancellation.
const patience = 30 * time.Second

func wait(ctx context.Context, _ *sdk.CallToolRequest, _ nothing) (*sdk.CallToolResult, any, error) {
	select {
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(patience):
		return nil, nil, errors.New("nobody has cancelled the call")
	}
}

func count(ctx context.Context, req *sdk.CallToolRequest, in From) (*sdk.CallToolResult, Sum, error) {
	total := 0.0
	for n := in.From + 1; n <= in.From+3; n++ {
		total += n
		if err := req.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{
			ProgressToken: req.Params.GetProgressToken(), Progress: n,
		}); err != nil {
			return nil, Sum{}, err
		}
	}
	return nil, Sum{total}, nil
}

func ask(ctx context.Context, req *sdk.CallToolRequest, _ nothing) (*sdk.CallToolResult, any, error) {
	answer, err := req.Session.Elicit(ctx, &sdk.ElicitParams{
		Message: "Who are you?",
		RequestedSchema: map[string]any{
			"type":       "object",
			"properties": map[string]any{"name": map[string]any{"type": "string"}},
		},
	})
	if err != nil {
		return nil, nil, err
	}
	text := &sdk.TextContent{Text: fmt.Sprint("hello ", answer.Content["name"])}
	return &sdk.CallToolResult{Content: []sdk.Content{text}}, nil, nil
}
