package gatehouse

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

type pair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type sum struct {
	Sum float64 `json:"sum"`
}

func add(_ context.Context, in pair) (sum, error) { return sum{in.A + in.B}, nil }

func TestToolsMount(t *testing.T) {
	m, err := Tools("math", Tool("add", "Adds.", add, Title("Add"), Scope("math:admin"))).Mount()
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "math" || m.Prefix != "" || !slices.Equal(m.Scopes, []string{"math"}) {
		t.Errorf("mount = %+v, want the backend's name as its scope", m)
	}
	req := &mcp.Request{Method: "tools/call", Params: jsontext.Value(`{"name":"add","arguments":{"a":2,"b":3}}`)}
	res, err := m.Backend.Call(t.Context(), Person{}, req, nil)
	if err != nil || !strings.Contains(string(res.Raw), `{"sum":5}`) {
		t.Errorf("call = %s, %v", res.Raw, err)
	}
}

func TestPrefixes(t *testing.T) {
	prefixes := func(backends ...*Backend) (got []string) {
		all, err := mounts(backends)
		if err != nil {
			t.Error(err)
		}
		for _, m := range all {
			got = append(got, m.Prefix)
		}
		return got
	}
	if got := prefixes(Tools("a")); !slices.Equal(got, []string{""}) {
		t.Errorf("alone: %q, want no prefix", got)
	}
	if got, want := prefixes(Tools("a"), Tools("b").Prefix(""), Tools("c").Prefix("x.")), []string{"a_", "", "x."}; !slices.Equal(got, want) {
		t.Errorf("several: %q, want %q", got, want)
	}
}

func TestMountSaysAllThatIsWrong(t *testing.T) {
	_, err := mounts([]*Backend{
		Tools("Math"),
		Tools("math").Scopes("no spaces"),
		Tools("math", Tool("add", "", add), Tool("add", "", add)),
		NewBackend("none", nil, errors.New("no server")),
	})
	for _, want := range []string{`backend "Math"`, `"no spaces" is no scope`, `two backends are called "math"`, `two tools are called "add"`, "no server"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
}

func TestToolPanicsWithItsName(t *testing.T) {
	defer func() {
		if p, _ := recover().(string); !strings.Contains(p, `tool "list"`) {
			t.Errorf("panic = %q, want the tool's name", p)
		}
	}()
	Tool("list", "", func(context.Context, pair) ([]int, error) { return nil, errors.New("never") })
}

func TestDescriptions(t *testing.T) {
	b := Tools("math").Describe("math", "Calculate").Describe("math:admin", "Change the rules")
	if got := b.Descriptions(); len(got) != 2 || got["math"] != "Calculate" {
		t.Errorf("descriptions = %v", got)
	}
}
