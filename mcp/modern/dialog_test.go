package modern_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/dialog"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

func TestDialogs(t *testing.T) {
	dialog.Run(t, func(*testing.T) http.Handler {
		h := &modern.Handler{
			Gateway: behind{call: serve, watch: honour},
			Info:    jsontext.Value(`{"name":"gatehouse","version":"1"}`),
			TTL:     time.Minute,
		}
		return httpx.Serve(func(w http.ResponseWriter, r *http.Request) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			m, err := mcp.Decode(body)
			if err != nil {
				return err
			}
			return h.Post(w, r, alice, m)
		}, func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, err.Error(), http.StatusTeapot) })
	})
}

// serve is what the server of the conversations does.
func serve(ctx context.Context, req *mcp.Request, peer mcp.Peer) (string, error) {
	switch req.Method {
	case mcp.MethodToolsList:
		return `{"tools":[{"name":"add","inputSchema":{"type":"object"}}]}`, nil
	case mcp.MethodResourcesRead:
		return "", fault.New(fault.NotFound, "Resource not found")
	case mcp.MethodToolsCall:
		return callTool(ctx, req, peer)
	}
	return "", mcp.MethodNotFound(req.Method)
}

func callTool(ctx context.Context, req *mcp.Request, peer mcp.Peer) (string, error) {
	switch name := mcp.StringMember(req.Params, "name"); name {
	case "add", "query", "grüßen":
		return `{"content":[{"type":"text","text":"3"}]}`, nil
	case "slow":
		token := mcp.Member(mcp.Member(req.Params, "_meta"), "progressToken")
		peer.Notify(ctx, mcp.NoteMessage, jsontext.Value(`{"level":"info","data":"started"}`))
		peer.Notify(ctx, mcp.NoteProgress, mcp.WithMember(jsontext.Value(`{"progress":1}`), "progressToken", token))
		return `{"content":[]}`, nil
	case "ask":
		return `{"resultType":"input_required","inputRequests":{"name":{"method":"elicitation/create","params":{"message":"Who?"}}},"requestState":"s"}`, nil
	default:
		return "", fault.New(fault.NotFound, "Unknown tool: %s", name)
	}
}

// honour honours no changes.
func honour(context.Context, mcp.Changes, func(string, jsontext.Value)) (mcp.Changes, error) {
	return mcp.Changes{}, nil
}
