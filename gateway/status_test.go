package gateway

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/view"
)

func TestStatus(t *testing.T) {
	well := &script{offers: offer(&Catalog{
		Capabilities: jsontext.Value(`{}`),
		Tools:        raw("name", `{"name":"a.b"}`, `{"name":"add"}`),
		Prompts:      raw("name", `{"name":"plan"}`),
		Resources:    raw("uri", `{"uri":"x:1"}`),
	})}
	g, _ := newGateway(
		Mount{Name: "well", Kind: "builtin", Backend: well},
		Mount{Name: "dead", Kind: "remote", Backend: &script{offers: dead}})
	if got := g.Status(); got[0].State != untried || got[1].State != untried {
		t.Errorf("before the first request: %+v", got)
	}
	list(t, g, "tools/list")
	got := g.Status()
	if s := got[0]; s.Name != "well" || s.Kind != "builtin" || s.State != fine || s.Tools != 2 || s.Prompts != 1 || s.Resources != 1 || s.Breaker != "closed" {
		t.Errorf("the well one: %+v", s)
	}
	if notes := got[0].Notes; len(notes) != 1 || notes[0] != "a.b: not every client takes its name; shown as "+view.ToolName("a.b") {
		t.Errorf("notes = %q", notes)
	}
	if s := got[1]; s.State != unreachable || s.Since.IsZero() || !strings.Contains(s.Error, "10.0.0.7") {
		t.Errorf("the dead one: %+v", s)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}
