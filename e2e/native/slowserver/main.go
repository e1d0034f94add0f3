// Command slowserver serves a tool that takes its time, and a server whose
// lists can change, to see what becomes of calls and streams at the end.
package main

import (
	"context"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse"
	"gatehouse/sdk"
)

type nap struct {
	Milliseconds int `json:"ms"`
}

type waking struct {
	Slept int `json:"slept"`
}

func sleep(ctx context.Context, in nap) (waking, error) {
	select {
	case <-time.After(time.Duration(in.Milliseconds) * time.Millisecond):
		return waking{in.Milliseconds}, nil
	case <-ctx.Done():
		return waking{}, ctx.Err()
	}
}

func main() {
	changing := mcp.NewServer(&mcp.Implementation{Name: "changing", Version: "1"}, nil)
	mcp.AddTool(changing, &mcp.Tool{Name: "idle"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	})
	gatehouse.Main(
		gatehouse.Tools("slow", gatehouse.Tool("sleep", "Sleeps for a while.", sleep)).Prefix(""),
		sdk.Server("changing", changing).Prefix(""),
	)
}
