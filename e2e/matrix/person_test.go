package matrix

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// side is a client of one revision, with a person at it who answers.
type side struct {
	server *client.Server // the host, as the client sees it
	me     *mcp.Client

	mu    sync.Mutex
	heard []string // methods of notifications, with their params
}

// answers are what the person, the model and the client say when asked.
var answers = map[string]string{
	mcp.MethodElicit:        `{"action":"accept","content":{"name":"Ada"}}`,
	mcp.MethodCreateMessage: `{"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}}`,
	mcp.MethodRootsList:     `{"roots":[{"uri":"file:///home/ada","name":"home"}]}`,
}

// Notify implements [mcp.Peer].
func (s *side) Notify(_ context.Context, method string, params jsontext.Value) error {
	s.note(method, params)
	return nil
}

func (s *side) note(method string, params jsontext.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, method+" "+string(params))
}

// noted returns what was heard that contains the words.
func (s *side) noted(words string) (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, note := range s.heard {
		if strings.Contains(note, words) {
			all = append(all, note)
		}
	}
	return all
}

func (s *side) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = nil
}

// Ask implements [mcp.Peer].
func (s *side) Ask(_ context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	return answer(method, params)
}

func answer(method string, params jsontext.Value) (jsontext.Value, error) {
	said, ok := answers[method]
	if !ok {
		return nil, mcp.MethodNotFound(method)
	}
	if method == mcp.MethodElicit && mcp.StringMember(params, "mode") == "url" {
		said = `{"action":"accept"}`
	}
	return jsontext.Value(said), nil
}

// do makes a request, as a client of the revision would, and goes on with it
// until no more input is required.
func (s *side) do(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	if s.me.Revision.Modern() {
		params = s.about(params)
	}
	first := params
	for range 4 {
		res, err := s.server.Call(ctx, identity.Principal{Subject: "ada"}, &mcp.Request{Method: method, Params: params, Client: s.me}, s)
		if err != nil || mcp.StringMember(res.Raw, "resultType") != mcp.ResultInputRequired {
			return res.Raw, err
		}
		given, err := respond(mcp.Member(res.Raw, "inputRequests"))
		if err != nil {
			return nil, err
		}
		params = mcp.WithMember(first, "inputResponses", given)
		if state := mcp.Member(res.Raw, "requestState"); state != nil {
			params = mcp.WithMember(params, "requestState", state)
		}
	}
	return nil, fmt.Errorf("%s asks without an end", method)
}

// respond answers what a result asks.
func respond(requests jsontext.Value) (jsontext.Value, error) {
	var asked map[string]struct {
		Method string         `json:"method"`
		Params jsontext.Value `json:"params"`
	}
	if err := json.Unmarshal(requests, &asked); err != nil {
		return nil, err
	}
	given := map[string]jsontext.Value{}
	for key, q := range asked {
		var err error
		if given[key], err = answer(q.Method, q.Params); err != nil {
			return nil, err
		}
	}
	return json.Marshal(given)
}

// about puts into _meta what each modern request says of its client.
func (s *side) about(params jsontext.Value) jsontext.Value {
	for name, value := range map[string]jsontext.Value{
		mcp.MetaRevision:     jsontext.Value(`"` + string(s.me.Revision) + `"`),
		mcp.MetaClientInfo:   s.me.Info,
		mcp.MetaCapabilities: s.me.Capabilities,
		mcp.MetaLogLevel:     jsontext.Value(`"` + s.me.LogLevel + `"`),
	} {
		params = mcp.WithMeta(params, name, value)
	}
	return params
}

// tool calls a tool of the backend and returns its text.
func (s *side) tool(ctx context.Context, name, arguments, meta string) (jsontext.Value, string, error) {
	params := jsontext.Value(fmt.Sprintf(`{"name":%q,"arguments":%s}`, prefix+name, arguments))
	if meta != "" {
		params = mcp.WithMember(params, "_meta", jsontext.Value(meta))
	}
	raw, err := s.do(ctx, mcp.MethodToolsCall, params)
	if err != nil {
		return nil, "", err
	}
	var result struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
		IsError bool `json:"isError"`
	}
	if err := json.Unmarshal(raw, &result); err != nil || len(result.Content) == 0 {
		return raw, "", fmt.Errorf("result %s, %w", raw, err)
	}
	if result.IsError {
		return raw, "", fmt.Errorf("the tool failed: %s", result.Content[0].Text)
	}
	return raw, result.Content[0].Text, nil
}
