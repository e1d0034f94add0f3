package matrix

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// feature is one thing that MCP has.
type feature struct {
	name  string
	since mcp.Revision // client and backend must know it; empty is always
	// except are backends that lack it for another reason: there the SDK does
	// not serve it.
	except mcp.Revision
	try    func(ctx context.Context, s *side) error
}

var features = []feature{
	{name: "tools", try: tools},
	{name: "prompts", try: prompts},
	{name: "resources", try: resources},
	{name: "templates", try: templates},
	{name: "completion", try: completion},
	{name: "progress", try: progress},
	{name: "cancel", try: cancel},
	{name: "logging", try: logging},
	{name: "list changed", try: listChanged},
	{name: "subscribe", try: subscribe},
	{name: "sampling", try: asks("test_input_required_result_sampling", "The model says: Paris")},
	{name: "roots", try: asks("test_input_required_result_list_roots", "Roots: file:///home/ada")},
	{name: "form", since: mcp.R20250618, try: asks("test_input_required_result_elicitation", "Hello, Ada!")},
	{name: "url", since: mcp.R20251125, try: asks("visit", "visited: accept")},
	{name: "_meta", try: meta},
	{name: "unknown", except: mcp.R20241105, try: unknown},
	{name: "apps", try: apps},
	{name: "tasks", since: mcp.R20260728, try: task},
}

func want(got, want string, err error) error {
	if err == nil && !strings.Contains(got, want) {
		return fmt.Errorf("got %.300q, want %q in it", got, want)
	}
	return err
}

func tools(ctx context.Context, s *side) error {
	list, err := s.do(ctx, mcp.MethodToolsList, jsontext.Value(`{}`))
	if err := want(string(list), `"name":"`+prefix+`echo"`, err); err != nil {
		return err
	}
	raw, _, err := s.tool(ctx, "echo", `{"text":"hi"}`, "")
	return want(string(raw), `"structuredContent":{"text":"hi"}`, err)
}

func prompts(ctx context.Context, s *side) error {
	got, err := s.do(ctx, mcp.MethodPromptsGet, jsontext.Value(`{"name":"`+prefix+`test_prompt_with_arguments","arguments":{"arg1":"one","arg2":"two"}}`))
	return want(string(got), "arg1='one', arg2='two'", err)
}

func resources(ctx context.Context, s *side) error {
	list, err := s.do(ctx, mcp.MethodResourcesList, jsontext.Value(`{}`))
	if err := want(string(list), "test://static-text", err); err != nil {
		return err
	}
	got, err := s.do(ctx, mcp.MethodResourcesRead, jsontext.Value(`{"uri":"test://static-binary"}`))
	return want(string(got), `"blob":`, err)
}

func templates(ctx context.Context, s *side) error {
	list, err := s.do(ctx, mcp.MethodTemplatesList, jsontext.Value(`{}`))
	if err := want(string(list), "test://template/{id}/data", err); err != nil {
		return err
	}
	got, err := s.do(ctx, mcp.MethodResourcesRead, jsontext.Value(`{"uri":"test://template/42/data"}`))
	return want(string(got), "Data for ID: 42", err)
}

func completion(ctx context.Context, s *side) error {
	got, err := s.do(ctx, mcp.MethodComplete, jsontext.Value(
		`{"ref":{"type":"ref/prompt","name":"`+prefix+`test_prompt_with_arguments"},"argument":{"name":"arg1","value":"par"}}`))
	return want(string(got), `"paris","park","party"`, err)
}

func progress(ctx context.Context, s *side) error {
	if _, _, err := s.tool(ctx, "test_tool_with_progress", `{}`, `{"progressToken":"mine"}`); err != nil {
		return err
	}
	if got := s.noted(mcp.NoteProgress); len(got) != 3 || !strings.Contains(got[0], `"mine"`) {
		return fmt.Errorf("heard %q", got)
	}
	return nil
}

func cancel(ctx context.Context, s *side) error {
	_, before, err := s.tool(ctx, "cancelled", `{}`, "")
	if err != nil {
		return err
	}
	short, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	defer stop()
	if _, _, err := s.tool(short, "wait", `{}`, ""); err == nil {
		return fmt.Errorf("the call came back")
	}
	return eventually(ctx, func() error {
		_, now, err := s.tool(ctx, "cancelled", `{}`, "")
		if err == nil && now == before {
			err = fmt.Errorf("the backend does not know that the call was cancelled")
		}
		return err
	})
}

func logging(ctx context.Context, s *side) error {
	if _, _, err := s.tool(ctx, "test_logging_tool", `{}`, ""); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		if got := s.noted("A line for those who asked"); len(got) != 1 {
			return fmt.Errorf("heard %q", s.noted(""))
		}
		return nil
	})
}

func listChanged(ctx context.Context, s *side) error {
	return s.hears(ctx, mcp.Changes{Tools: true}, "test_trigger_tool_change", mcp.NoteToolsChanged)
}

func subscribe(ctx context.Context, s *side) error {
	return s.hears(ctx, mcp.Changes{URIs: []string{"test://watched-resource"}}, "touch", "test://watched-resource")
}

// hears watches for changes, calls the tool that makes one, and waits for the
// words.
func (s *side) hears(ctx context.Context, changes mcp.Changes, tool, words string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	honoured, err := s.server.Watch(ctx, identity.Principal{Subject: "ada"}, s.me, changes, s.note)
	if err != nil {
		return err
	}
	if honoured.Tools != changes.Tools || !slices.Equal(honoured.URIs, changes.URIs) {
		return fmt.Errorf("honoured is %+v of %+v", honoured, changes)
	}
	return eventually(ctx, func() error {
		if _, _, err := s.tool(ctx, tool, `{}`, ""); err != nil {
			return err
		}
		return eventually(ctx, func() error {
			if len(s.noted(words)) == 0 {
				return fmt.Errorf("heard %q", s.noted(""))
			}
			return nil
		})
	})
}

func asks(tool, says string) func(context.Context, *side) error {
	return func(ctx context.Context, s *side) error {
		_, got, err := s.tool(ctx, tool, `{}`, "")
		return want(got, says, err)
	}
}

func meta(ctx context.Context, s *side) error {
	list, err := s.do(ctx, mcp.MethodToolsList, jsontext.Value(`{}`))
	if err := want(string(list), `"acme/kept":[1,"two"]`, err); err != nil {
		return err
	}
	raw, _, err := s.tool(ctx, "echo", `{"text":"hi"}`, `{"acme/trace":{"id":[7,null]}}`)
	return want(string(raw), `"acme/heard":{"id":[7,null]}`, err)
}

func unknown(ctx context.Context, s *side) error {
	got, err := s.do(ctx, "acme/echo", jsontext.Value(`{"word":"w","more":{"a":[1,null]}}`))
	return want(string(got), `"word":"w","more":{"a":[1,null]}`, err)
}

func apps(ctx context.Context, s *side) error {
	list, err := s.do(ctx, mcp.MethodToolsList, jsontext.Value(`{}`))
	if err := want(string(list), `"resourceUri":"ui://view"`, err); err != nil {
		return err
	}
	got, err := s.do(ctx, mcp.MethodResourcesRead, jsontext.Value(`{"uri":"ui://view"}`))
	return want(string(got), `"mimeType":"text/html;profile=mcp-app"`, err)
}

func task(ctx context.Context, s *side) error {
	raw, err := s.do(ctx, mcp.MethodToolsCall, jsontext.Value(`{"name":"`+prefix+`slow_compute","arguments":{"seconds":0}}`))
	if err != nil || mcp.StringMember(raw, "resultType") != "task" {
		return fmt.Errorf("the call came to %s, %w", raw, err)
	}
	id := mcp.Member(raw, "taskId")
	return eventually(ctx, func() error {
		got, err := s.do(ctx, mcp.MethodTasksGet, jsontext.Value(`{"taskId":`+string(id)+`}`))
		return want(string(got), `"status":"completed"`, err)
	})
}

// eventually tries until it is so, for as long as is fair.
func eventually(ctx context.Context, so func() error) error {
	deadline := time.Now().Add(3 * time.Second)
	for {
		err := so()
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
