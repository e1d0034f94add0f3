//nolint:staticcheck // it hosts what only the older revisions have
package gosdk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/gosdk"
	"gatehouse/mcp"
	"gatehouse/mcp/hold"
	"gatehouse/store"
)

// inCall is a modern client whose calls are held.
type inCall struct {
	*testing.T
	backend *gosdk.Server
	calls   *hold.Calls
}

// holding mounts a server that offers one tool, which asks.
func holding(t *testing.T, tool sdk.ToolHandler) *inCall {
	b, _ := host(t, nil, tool)
	calls := &hold.Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now}
	t.Cleanup(calls.Close)
	return &inCall{t, b, calls}
}

// asks is a result that asks, or does not.
type asks struct {
	raw      jsontext.Value
	State    string `json:"requestState"`
	Requests map[string]struct {
		Method string         `json:"method"`
		Params jsontext.Value `json:"params"`
	} `json:"inputRequests"`
}

// only returns the method of the only question, if there is but one.
func (a asks) only() string {
	if len(a.Requests) == 1 {
		for _, r := range a.Requests {
			return r.Method
		}
	}
	return ""
}

// call calls the tool, again if before asked something. The answers are those
// to each method.
func (c *inCall) call(client *mcp.Client, before asks, answers map[string]string) asks {
	c.Helper()
	req := backendtest.Request(client, mcp.MethodToolsCall, "t", `{}`, "")
	if before.State != "" {
		responses := make(map[string]jsontext.Value)
		for name, r := range before.Requests {
			responses[name] = jsontext.Value(answers[r.Method])
		}
		encoded, err := json.Marshal(responses)
		if err != nil {
			c.Fatal(err)
		}
		req.Params = mcp.WithMember(req.Params, "inputResponses", encoded)
		req.Params = mcp.WithMember(req.Params, "requestState", jsontext.Value(`"`+before.State+`"`))
	}
	res, err := c.calls.Do(c.Context(), hold.Call{
		Who: backendtest.Alice, Server: "test", Request: req, Peer: new(backendtest.Peer),
		Run: func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			return c.backend.Call(ctx, backendtest.Alice, req, peer)
		},
	})
	if err != nil {
		c.Fatal(err)
	}
	got := asks{raw: res.Raw}
	if err := json.Unmarshal(res.Raw, &got); err != nil {
		c.Fatal(err)
	}
	return got
}

var answers = map[string]string{
	mcp.MethodElicit:        `{"action":"accept","content":{"name":"Alice"}}`,
	mcp.MethodCreateMessage: `{"model":"m1","role":"assistant","content":{"type":"text","text":"hi"}}`,
	mcp.MethodRootsList:     `{"roots":[{"uri":"file:///home"}]}`,
}

func askName(ctx context.Context, s *sdk.ServerSession, message string) (string, error) {
	answer, err := s.Elicit(ctx, &sdk.ElicitParams{Message: message, RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}},
	}})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(answer.Action, " ", answer.Content["name"]), nil
}

func TestAHandlerAsksAModernClientInTheMiddle(t *testing.T) {
	c := holding(t, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		name, err := askName(ctx, req.Session, "Who?")
		if err != nil {
			return nil, err
		}
		m, err := req.Session.CreateMessage(ctx, &sdk.CreateMessageParams{MaxTokens: 5})
		if err != nil {
			return nil, err
		}
		roots, err := req.Session.ListRoots(ctx, nil)
		if err != nil {
			return nil, err
		}
		return text("%s, %s says %s at %s; %s", name, m.Model, m.Content.(*sdk.TextContent).Text, roots.Roots[0].URI, req.ProtocolVersion()), nil
	})
	var got asks
	for _, method := range []string{mcp.MethodElicit, mcp.MethodCreateMessage, mcp.MethodRootsList} {
		got = c.call(modern, got, answers)
		if got.only() != method {
			t.Fatalf("result %s, want one that asks %s", got.raw, method)
		}
	}
	got = c.call(modern, got, answers)
	if want := "accept Alice, m1 says hi at file:///home; 2025-11-25"; !strings.Contains(string(got.raw), want) {
		t.Errorf("result %s, want %q", got.raw, want)
	}
}

func TestAHandlerAsksTwoThingsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := holding(t, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			var all sync.WaitGroup
			var names [2]string
			var errs [2]error
			for i := range names {
				all.Go(func() { names[i], errs[i] = askName(ctx, req.Session, fmt.Sprint("Who is ", i, "?")) })
			}
			all.Wait()
			return text("%v", names), errors.Join(errs[:]...)
		})
		defer c.backend.Close()
		got := c.call(modern, asks{}, nil)
		if len(got.Requests) != 2 {
			t.Fatalf("result %s, want one that asks twice", got.raw)
		}
		got = c.call(modern, got, answers)
		if want := "[accept Alice accept Alice]"; !strings.Contains(string(got.raw), want) {
			t.Errorf("result %s, want %q", got.raw, want)
		}
	})
}

// A handler that returns its questions works here too: to the SDK this client
// is an older one, whom it asks.
func TestAHandlerReturnsItsQuestions(t *testing.T) {
	c := holding(t, func(_ context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		if answer, ok := req.Params.InputResponses["who"].(*sdk.ElicitResult); ok {
			return text("hello %v, %s", answer.Content["name"], req.Params.RequestState), nil
		}
		return &sdk.CallToolResult{
			InputRequests: sdk.InputRequestMap{"who": &sdk.ElicitParams{Message: "Who?", RequestedSchema: map[string]any{"type": "object"}}},
			RequestState:  "round two",
		}, nil
	})
	got := c.call(modern, asks{}, nil)
	if got.only() != mcp.MethodElicit || got.State == "round two" {
		t.Fatalf("result %s, want one that asks", got.raw)
	}
	got = c.call(modern, got, answers)
	if want := "hello Alice, round two"; !strings.Contains(string(got.raw), want) {
		t.Errorf("result %s, want %q", got.raw, want)
	}
}

func TestAHandlerCannotAskWhatTheClientDidNotDeclare(t *testing.T) {
	c := holding(t, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		_, elicit := askName(ctx, req.Session, "Who?")
		_, sample := req.Session.CreateMessage(ctx, &sdk.CreateMessageParams{})
		_, roots := req.Session.ListRoots(ctx, nil)
		return text("%v %v %v", elicit != nil, sample != nil, roots != nil), nil
	})
	unable := *modern
	unable.Capabilities = jsontext.Value(`{}`)
	if got := c.call(&unable, asks{}, nil); !strings.Contains(string(got.raw), "true true true") {
		t.Errorf("result %s", got.raw)
	}
}

// Whoever hosts the server ends the calls that wait, and no handler stays.
func TestAHeldCallEndsWithTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		c := holding(t, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			_, err := askName(ctx, req.Session, "Who?")
			ended <- err
			return nil, err
		})
		if got := c.call(modern, asks{}, nil); got.State == "" {
			t.Fatalf("result %s, want one that asks", got.raw)
		}
		c.calls.Close()
		if err := <-ended; err == nil {
			t.Error("the handler had an answer")
		}
		if err := c.backend.Close(); err != nil {
			t.Error(err)
		}
	})
}
