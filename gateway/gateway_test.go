package gateway

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/store"
)

// fake is a backend that answers with what it was asked.
type fake struct {
	catalog *Catalog
	down    error
	asked   []string
	watched []mcp.Changes
}

func (f *fake) Catalog(context.Context) (*Catalog, error) { return f.catalog, f.down }

func (f *fake) Call(_ context.Context, _ identity.Principal, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
	f.asked = append(f.asked, req.Method+" "+string(req.Params))
	return mcp.Result{Raw: jsontext.Value(`{"content":[]}`)}, nil
}

func (f *fake) Watch(_ context.Context, _ identity.Principal, _ *mcp.Client, c mcp.Changes, _ Notify) (mcp.Changes, error) {
	f.watched = append(f.watched, c)
	return c, nil
}

func (f *fake) End(string)   {}
func (f *fake) Close() error { return nil }

func entry(member, name string, scopes ...string) Entry {
	return Entry{Name: name, Raw: jsontext.Value(`{"` + member + `":"` + name + `","x":{"kept":[1, 2]}}`), Scopes: scopes}
}

// book records what it is told, until it breaks.
type book struct {
	mu     sync.Mutex
	events []audit.Event
	broken error
}

func (b *book) Record(_ context.Context, ev audit.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, ev)
	return b.broken
}

func newGateway(mounts ...Mount) (*Gateway, *book) {
	b := new(book)
	g := &Gateway{Audit: b, Log: slog.New(slog.DiscardHandler), Keys: store.NewKeyring(store.NewKey()), PageSize: 2}
	g.SetMounts(mounts)
	return g, b
}

func math() *fake {
	return &fake{catalog: &Catalog{
		Capabilities: jsontext.Value(`{"tools":{}}`),
		Tools:        []Entry{entry("name", "sub"), entry("name", "add"), entry("name", "wipe", "math:admin")},
	}}
}

func notes() *fake {
	return &fake{catalog: &Catalog{
		Capabilities: jsontext.Value(`{"resources":{"subscribe":true},"prompts":{},"tools":{"listChanged":true}}`),
		Instructions: "Take notes.",
		Tools:        []Entry{entry("name", "add")},
		Prompts:      []Entry{entry("name", "plan")},
		Resources:    []Entry{entry("uri", "note://1")},
		Templates:    []Entry{entry("uriTemplate", "note://{id}"), entry("uriTemplate", "note://old/{id}")},
	}}
}

var alice = identity.Principal{Subject: "dev:alice", Scopes: []string{"math", "notes"}}

func call(t *testing.T, g *Gateway, who identity.Principal, method, params string) (string, error) {
	t.Helper()
	res, err := g.Call(t.Context(), who, &mcp.Request{Method: method, Params: jsontext.Value(params), Client: new(mcp.Client)}, nil)
	return string(res.Raw), err
}

func TestCallRoutes(t *testing.T) {
	for _, tt := range []struct {
		name, method, params string
		backend              int // which one is asked
		asked                string
	}{
		{"a tool keeps its name where nothing is in front", "tools/call", `{"name":"add","arguments":{"a":1}}`, 0,
			`tools/call {"name":"add","arguments":{"a":1}}`},
		{"a tool behind a prefix goes by its own name, and all else is untouched", "tools/call", `{"_meta": {"u":[ ]},"name":"notes_add"}`, 1,
			`tools/call {"_meta": {"u":[ ]},"name":"add"}`},
		{"a prompt", "prompts/get", `{"name":"notes_plan"}`, 1, `prompts/get {"name":"plan"}`},
		{"a listed resource", "resources/read", `{"uri":"note://1"}`, 1, `resources/read {"uri":"note://1"}`},
		{"a resource of a template", "resources/read", `{"uri":"note://old/7"}`, 1, `resources/read {"uri":"note://old/7"}`},
		{"a resource of the only backend that has any", "resources/read", `{"uri":"x:y"}`, 1, `resources/read {"uri":"x:y"}`},
		{"a completion of a prompt", "completion/complete", `{"ref":{"type":"ref/prompt","name":"notes_plan"},"a":1}`, 1,
			`completion/complete {"ref":{"type":"ref/prompt","name":"plan"},"a":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			backends := []*fake{math(), notes()}
			g, _ := newGateway(
				Mount{Name: "math", Scopes: []string{"math"}, Backend: backends[0]},
				Mount{Name: "notes", Prefix: "notes_", Scopes: []string{"notes"}, Backend: backends[1]})
			if _, err := call(t, g, alice, tt.method, tt.params); err != nil {
				t.Fatal(err)
			}
			if got := backends[tt.backend].asked; !slices.Equal(got, []string{tt.asked}) {
				t.Errorf("asked = %q, want %q", got, tt.asked)
			}
			if got := backends[1-tt.backend].asked; got != nil {
				t.Errorf("the other backend was asked %q", got)
			}
		})
	}
}

func TestCallRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, method, params string
		code                 int
	}{
		{"an unknown tool", "tools/call", `{"name":"nope"}`, mcp.CodeInvalidParams},
		{"the name without its prefix", "prompts/get", `{"name":"plan"}`, mcp.CodeInvalidParams},
		{"no name", "tools/call", `{}`, mcp.CodeInvalidParams},
		{"a name that is no string", "tools/call", `{"name":1}`, mcp.CodeInvalidParams},
		{"no params", "tools/call", ``, mcp.CodeInvalidParams},
		{"a completion of nothing", "completion/complete", `{"ref":{"type":"x"}}`, mcp.CodeInvalidParams},
		{"a method that could belong to either backend", "acme/run", `{}`, mcp.CodeMethodNotFound},
		{"a cursor of somebody else", "tools/list", `{"cursor":"???"}`, mcp.CodeInvalidParams},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, n := math(), notes()
			g, b := newGateway(Mount{Name: "math", Backend: m}, Mount{Name: "notes", Prefix: "notes_", Backend: n})
			_, err := call(t, g, alice, tt.method, tt.params)
			if e, ok := errors.AsType[*mcp.Error](err); !ok || e.Code != tt.code {
				t.Errorf("err = %v, want code %d", err, tt.code)
			}
			if m.asked != nil || n.asked != nil || b.events != nil {
				t.Error("something was done all the same")
			}
		})
	}
}

func TestCallChecksScopes(t *testing.T) {
	m := math()
	g, b := newGateway(Mount{Name: "math", Scopes: []string{"math"}, Backend: m})
	for _, tt := range []struct {
		name   string
		scopes []string
		tool   string
		need   []string
	}{
		{"the scope of the backend is enough", []string{"math"}, "add", nil},
		{"without it every scope is named", nil, "add", []string{"math"}},
		{"a tool can ask for more", []string{"math"}, "wipe", []string{"math", "math:admin"}},
		{"and is done for who has it", []string{"math:admin", "math"}, "wipe", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m.asked, b.events = nil, nil
			_, err := call(t, g, identity.Principal{Scopes: tt.scopes}, "tools/call", `{"name":"`+tt.tool+`"}`)
			scope, refused := errors.AsType[*identity.ScopeError](err)
			if refused != (tt.need != nil) || refused && !slices.Equal(scope.Need, tt.need) {
				t.Errorf("err = %v, want need of %q", err, tt.need)
			}
			if refused && (m.asked != nil || b.events != nil) {
				t.Error("something was done all the same")
			}
		})
	}
}

func TestCallIsRecorded(t *testing.T) {
	g, b := newGateway(Mount{Name: "math", Backend: math()})
	if _, err := call(t, g, alice, "tools/call", `{"name":"add","arguments":{"secret":"hunter2"}}`); err != nil {
		t.Fatal(err)
	}
	if len(b.events) != 2 || b.events[0].Phase != audit.Started || b.events[1].Phase != audit.Done {
		t.Fatalf("events = %+v, want one before and one after", b.events)
	}
	if ev := b.events[1]; ev.Subject != "dev:alice" || ev.Action != "tools/call" || ev.Target != "add" || ev.Outcome != audit.OK {
		t.Errorf("event = %+v", ev)
	}

	t.Run("what cannot be recorded is not done", func(t *testing.T) {
		m := math()
		g, b := newGateway(Mount{Name: "math", Backend: m})
		b.broken = fault.New(fault.Unavailable, "disk full")
		if _, err := call(t, g, alice, "tools/call", `{"name":"add"}`); !errors.Is(err, fault.Unavailable) {
			t.Errorf("err = %v, want unavailable", err)
		}
		if m.asked != nil {
			t.Error("the backend was asked")
		}
	})
}

func TestListPages(t *testing.T) {
	g, _ := newGateway(Mount{Name: "math", Backend: math()}, Mount{Name: "notes", Backend: notes()})
	var names []string
	params := `{}`
	for range 10 {
		raw, err := call(t, g, alice, "tools/list", params)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(raw, `"name":"`) {
			if name, rest, ok := strings.Cut(part, `","x"`); ok {
				names = append(names, name)
				if !strings.Contains(rest, `{"kept":[1, 2]}`) {
					t.Errorf("the entry changed on its way: %s", rest)
				}
			}
		}
		cursor := mcp.StringMember(jsontext.Value(raw), "nextCursor")
		if cursor == "" {
			break
		}
		params = `{"cursor":"` + cursor + `"}`
	}
	want := []string{"add", "notes_add", "sub", "wipe"}
	if !slices.Equal(names, want) {
		t.Errorf("names = %q, want %q: sorted, and the later of two equal names with its backend in front", names, want)
	}
}

func TestCatalogFollowsBackends(t *testing.T) {
	m := math()
	g, _ := newGateway(Mount{Name: "math", Backend: m})
	first := g.current(t.Context())
	if again := g.current(t.Context()); again != first {
		t.Error("the catalog is made anew although nothing changed")
	}
	m.catalog = &Catalog{Tools: []Entry{entry("name", "new")}}
	if _, err := call(t, g, alice, "tools/call", `{"name":"new"}`); err != nil {
		t.Errorf("a new tool is not found: %v", err)
	}
}

func TestDescribe(t *testing.T) {
	g, _ := newGateway(Mount{Name: "math", Backend: math()}, Mount{Name: "notes", Backend: notes()})
	d, err := g.Describe(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(d.Capabilities), `{"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":true}}`; got != want {
		t.Errorf("capabilities = %s, want %s", got, want)
	}
	if got, want := d.Instructions, "## notes\n\nTake notes."; got != want {
		t.Errorf("instructions = %q, want %q", got, want)
	}
}

func TestWatch(t *testing.T) {
	m, n := math(), notes()
	g, _ := newGateway(
		Mount{Name: "math", Scopes: []string{"admin"}, Backend: m},
		Mount{Name: "notes", Scopes: []string{"notes"}, Backend: n})
	got, err := g.Watch(t.Context(), alice, new(mcp.Client), mcp.Changes{Tools: true, URIs: []string{"note://1", "other:1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.watched != nil {
		t.Error("a backend is watched for someone who may not use it")
	}
	if !got.Tools || got.Prompts || !slices.Equal(got.URIs, []string{"note://1", "other:1"}) {
		t.Errorf("honoured = %+v", got)
	}
}
