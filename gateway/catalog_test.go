package gateway

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/view"
	"gatehouse/mcp"
)

// raw makes entries of raw JSON.
func raw(member string, objects ...string) []Entry {
	var all []Entry
	for _, o := range objects {
		all = append(all, Entry{Name: mcp.StringMember(jsontext.Value(o), member), Raw: jsontext.Value(o)})
	}
	return all
}

func TestWhatIsShown(t *testing.T) {
	long := strings.Repeat("long_", 13)
	for _, tt := range []struct {
		name   string
		mounts []Mount
		method string
		want   string
		log    []string
	}{
		{
			"an entry is the backend's own but for its name",
			[]Mount{{Name: "m", Prefix: "m_", Backend: &script{offers: offer(&Catalog{Tools: raw("name", `{ "x" : [1,  2.50], "name" :"add","é":"\u00e9" }`)})}}},
			"tools/list", `[{ "x" : [1,  2.50], "name" :"m_add","é":"\u00e9" }]`, nil,
		},
		{
			"entries are chosen and described by the operator",
			[]Mount{{
				Name: "m", Prefix: "m_",
				Tools:   view.Selection{Include: []string{"a*"}, Exclude: []string{"aux"}, Override: map[string]view.Override{"add": {Name: "plus", Title: "Plus"}, "typo": {Title: "T"}}},
				Backend: &script{offers: offer(&Catalog{Tools: raw("name", `{"name":"add"}`, `{"name":"aux"}`, `{"name":"all"}`, `{"name":"sub"}`)})},
			}},
			"tools/list", `[{"name":"m_all"},{"name":"plus","title":"Plus"}]`, []string{"correct the name, or take it out"},
		},
		{
			"names that clients refuse are mended",
			[]Mount{{Name: "m", Backend: &script{offers: offer(&Catalog{Tools: raw("name", `{"name":"a.b"}`, `{"name":"`+long+`"}`)})}}},
			"tools/list", `[{"name":"` + view.ToolName("a.b") + `"},{"name":"` + view.ToolName(long) + `"}]`, []string{"not every client takes its name"},
		},
		{
			"prompts are not held to the rules of models",
			[]Mount{{Name: "m", Backend: &script{offers: offer(&Catalog{Prompts: raw("name", `{"name":"a.b"}`)})}}},
			"prompts/list", `[{"name":"a.b"}]`, nil,
		},
		{
			"of equal names the later gets its backend in front",
			[]Mount{
				{Name: "m", Backend: &script{offers: offer(&Catalog{Tools: raw("name", `{"name":"add"}`)})}},
				{Name: "n", Backend: &script{offers: offer(&Catalog{Tools: raw("name", `{"name":"add"}`)})}},
			},
			"tools/list", `[{"name":"add"},{"name":"n_add"}]`, []string{"its name is taken already"},
		},
		{
			"a resource keeps its URI, and the first that has it",
			[]Mount{
				{Name: "m", Prefix: "m_", Backend: &script{offers: offer(&Catalog{Resources: raw("uri", `{"uri":"x:1","name":"one"}`)})}},
				{Name: "n", Prefix: "n_", Backend: &script{offers: offer(&Catalog{Resources: raw("uri", `{"uri":"x:1"}`, `{"uri":"x:2"}`)})}},
			},
			"resources/list", `[{"uri":"x:1","name":"one"},{"uri":"x:2"}]`, []string{"served by another backend"},
		},
		{
			"what would break the list is left out",
			[]Mount{{Name: "m", Backend: &script{offers: offer(&Catalog{Tools: append(
				raw("name", `{"name":"good"}`, `{"name":"good","again":1}`, `{"noname":1}`, `{"name":"odd","inputSchema":"none"}`, `{"name":"typed","inputSchema":{"type":"object"}}`),
				Entry{Name: "text", Raw: jsontext.Value(`"text"`)},
			)})}}},
			"tools/list", `[{"name":"good"},{"name":"typed","inputSchema":{"type":"object"}}]`, []string{"listed twice", "its inputSchema is no JSON object", "lists it without a name"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, _ := newGateway()
			g.PageSize = 0
			log := logged(g)
			g.SetMounts(tt.mounts)
			defer g.Close()
			got := list(t, g, tt.method)
			_, got, _ = strings.Cut(got, ":")
			if got = strings.TrimSuffix(got, "}"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, want := range tt.log {
				if strings.Count(log.String(), want) == 0 {
					t.Errorf("the log does not say %q: %s", want, log)
				}
			}
			before := log.String()
			g.SetMounts(tt.mounts)
			if log.String() != before {
				t.Errorf("the log says the same again: %s", log)
			}
		})
	}
}

func TestCallsGoByTheNamesShown(t *testing.T) {
	long := strings.Repeat("long.", 30)
	s := &script{offers: offer(&Catalog{
		Capabilities: jsontext.Value(`{"tools":{},"prompts":{},"completions":{}}`),
		Tools:        raw("name", `{"name":"`+long+`"}`, `{"name":"add"}`, `{"name":"hidden"}`),
		Prompts:      raw("name", `{"name":"plan"}`),
	})}
	g, _ := newGateway(Mount{
		Name: "m", Prefix: "m_", Backend: s,
		Tools:   view.Selection{Exclude: []string{"hidden"}, Override: map[string]view.Override{"add": {Name: "plus"}}},
		Prompts: view.Selection{Override: map[string]view.Override{"plan": {Name: "the plan"}}},
	})
	for _, tt := range []struct{ name, method, params, want string }{
		{"a mended one", "tools/call", `{"name":"` + view.ToolName("m_"+long) + `"}`, `{"name":"` + long + `"}`},
		{"one that the operator chose", "tools/call", `{"name":"plus","x":1}`, `{"name":"add","x":1}`},
		{"a prompt", "prompts/get", `{"name":"the plan"}`, `{"name":"plan"}`},
		{"a completion", "completion/complete", `{"ref":{"name":"the plan","type":"ref/prompt"},"argument":{"name":"a"}}`,
			`{"ref":{"name":"plan","type":"ref/prompt"},"argument":{"name":"a"}}`},
		{"the backend's own name is none", "tools/call", `{"name":"add"}`, ""},
		{"one that is not shown", "tools/call", `{"name":"m_hidden"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := call(t, g, alice, tt.method, tt.params)
			if tt.want == "" {
				if err == nil {
					t.Errorf("it went to the backend: %s", got)
				}
				return
			}
			if want := `{"asked":` + tt.want + `}`; got != want || err != nil {
				t.Errorf("got  %s, %v\nwant %s", got, err, want)
			}
		})
	}
}

func TestParamsThatSomeWouldReadOtherwise(t *testing.T) {
	a, b := &script{offers: offer(oneTool("add"))}, &script{offers: offer(oneTool("wipe"))}
	g, _ := newGateway(Mount{Name: "a", Backend: a}, Mount{Name: "b", Backend: b})
	for _, tt := range []struct{ method, params string }{
		{"tools/call", `{"name":"add","Name":"wipe"}`},
		{"tools/call", `{"name":"add","N\u0061me":"wipe"}`},
		{"resources/read", `{"uri":"x:1","URI":"x:2"}`},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"a"},"Ref":{}}`},
		{"tasks/get", `{"taskId":"a:1","taskid":"b:1"}`},
	} {
		if _, err := call(t, g, alice, tt.method, tt.params); err == nil || !strings.Contains(err.Error(), "in another case") {
			t.Errorf("%s %s: %v", tt.method, tt.params, err)
		}
	}
	if a.calls.Load()+b.calls.Load() != 0 {
		t.Error("a backend was asked")
	}
}

func TestParamsOfTheOnlyBackendAreReadOneWay(t *testing.T) {
	b := &script{offers: offer(&Catalog{
		Capabilities: jsontext.Value(`{"tools":{},"prompts":{},"resources":{}}`),
		Tools:        raw("name", `{"name":"add"}`, `{"name":"wipe"}`),
		Prompts:      raw("name", `{"name":"add"}`, `{"name":"wipe"}`),
	})}
	g, _ := newGateway(Mount{Name: "b", Backend: b, Tools: view.Selection{Exclude: []string{"wipe"}}, Prompts: view.Selection{Exclude: []string{"wipe"}}})
	for _, tt := range []struct{ method, params string }{
		{"tools/call", `{"name":"add","Name":"wipe"}`},
		{"prompts/get", `{"name":"add","NAME":"wipe"}`},
		{"resources/read", `{"uri":"x:1","Uri":"x:2"}`},
		{"tasks/get", `{"taskId":"1","taskID":"2"}`},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"add","Name":"wipe"}}`},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"add","Type":"ref/resource"}}`},
	} {
		if _, err := call(t, g, alice, tt.method, tt.params); err == nil || !strings.Contains(err.Error(), "in another case") {
			t.Errorf("%s %s: %v", tt.method, tt.params, err)
		}
	}
	if b.calls.Load() != 0 {
		t.Error("the backend was asked")
	}
	if _, err := call(t, g, alice, "acme/run", `{"Name":"x"}`); err != nil {
		t.Errorf("a method that goes to nobody else: %v", err)
	}
}

func TestAPageIsWhoseResourceItIs(t *testing.T) {
	const can = `{"tools":{},"resources":{}}`
	a := &script{offers: offer(&Catalog{Capabilities: jsontext.Value(can), Tools: raw("name", `{"name":"show","_meta":{"ui":{"resourceUri":"ui://b/page"}}}`)})}
	b := &script{offers: offer(&Catalog{Capabilities: jsontext.Value(can), Resources: raw("uri", `{"uri":"ui://b/page","name":"page"}`)})}
	g, _ := newGateway(Mount{Name: "a", Backend: a}, Mount{Name: "b", Backend: b})
	if _, err := call(t, g, alice, "resources/read", `{"uri":"ui://b/page"}`); err != nil || a.calls.Load() != 0 || b.calls.Load() != 1 {
		t.Errorf("a tool took the page of another backend: %v", err)
	}
	if got := list(t, g, "resources/list"); !strings.Contains(got, "ui://b/page") {
		t.Errorf("the list is %s", got)
	}
}
