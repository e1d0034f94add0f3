package gateway

import (
	"context"
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/view"
	"gatehouse/identity"
	"gatehouse/mcp"
)

// knows is a backend that knows some URIs and methods, and no others.
func knows(capabilities string, known ...string) *script {
	s := &script{offers: offer(&Catalog{Capabilities: jsontext.Value(capabilities)})}
	s.does = func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		for _, k := range known {
			if req.Method == k || mcp.StringMember(req.Params, "uri") == k {
				return mcp.Result{Raw: jsontext.Value(`{"asked":` + string(req.Params) + `}`)}, nil
			}
		}
		if req.Method == mcp.MethodResourcesRead {
			return mcp.Result{}, resourceNotFound(mcp.StringMember(req.Params, "uri"))
		}
		return mcp.Result{}, mcp.MethodNotFound(req.Method)
	}
	return s
}

func TestWhatNoListNames(t *testing.T) {
	const resources, both = `{"resources":{}}`, `{"resources":{},"extensions":{"com.example/x":{}}}`
	a, b, c := knows(resources, "x:a"), knows(both, "x:b", "acme/run"), knows(both, "x:c", "acme/stop")
	page := knows(resources, "ui://page")
	page.offers = offer(&Catalog{
		Capabilities: jsontext.Value(resources),
		Tools:        raw("name", `{"name":"show","_meta":{"ui":{"resourceUri":"ui://page"}}}`),
		Templates:    raw("uriTemplate", `{"uriTemplate":"t://{id}"}`, `{"uriTemplate":"t://{id}/raw"}`),
	})
	g, book := newGateway(
		Mount{Name: "a", Backend: a}, Mount{Name: "b", Backend: b, Scopes: []string{"b"}},
		Mount{Name: "c", Backend: c}, Mount{Name: "page", Backend: page})
	who := identity.Principal{Scopes: []string{"b"}}
	for _, tt := range []struct {
		name, method, params string
		asked                [4]int32
		code                 int
	}{
		{"a URI that came with a result is asked of each in turn", "resources/read", `{"uri":"x:c"}`, [4]int32{1, 1, 1, 0}, 0},
		{"until one knows it", "resources/read", `{"uri":"x:a"}`, [4]int32{1, 0, 0, 0}, 0},
		{"or none does", "resources/read", `{"uri":"x:?"}`, [4]int32{1, 1, 1, 1}, mcp.CodeResourceNotFound},
		{"the page of a tool is its backend's", "resources/read", `{"uri":"ui://page"}`, [4]int32{0, 0, 0, 1}, 0},
		{"the resource of a template, too", "resources/read", `{"uri":"t://7/raw"}`, [4]int32{0, 0, 0, 1}, mcp.CodeResourceNotFound},
		{"a completion of a template", "completion/complete", `{"ref":{"type":"ref/resource","uri":"t://{id}"}}`, [4]int32{0, 0, 0, 1}, mcp.CodeMethodNotFound},
		{"a method of an extension is asked of those that have any", "acme/stop", `{}`, [4]int32{0, 1, 1, 0}, 0},
		{"unless its params name a tool", "acme/stop", `{"name":"show"}`, [4]int32{0, 0, 0, 1}, mcp.CodeMethodNotFound},
		{"a method that nobody knows", "acme/none", `{}`, [4]int32{0, 1, 1, 0}, mcp.CodeMethodNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book.events = nil
			all := [4]*script{a, b, c, page}
			for _, s := range all {
				s.calls.Store(0)
			}
			_, err := call(t, g, who, tt.method, tt.params)
			if e, ok := errors.AsType[*mcp.Error](err); ok != (tt.code != 0) || ok && e.Code != tt.code {
				t.Errorf("err = %v, want code %d", err, tt.code)
			}
			events := 0
			for i, s := range all {
				if got := s.calls.Load(); got != tt.asked[i] {
					t.Errorf("backend %d was asked %d times, want %d", i, got, tt.asked[i])
				}
				events += 2 * int(tt.asked[i])
			}
			if len(book.events) != events {
				t.Errorf("%d events, want %d", len(book.events), events)
			}
		})
	}
	t.Run("what no list names is recorded", func(t *testing.T) {
		book.events = nil
		if _, err := call(t, g, who, "resources/read", `{"uri":"x:a"}`); err != nil || len(book.events) != 2 || book.events[0].Target != "x:a" {
			t.Errorf("err = %v, recorded %+v", err, book.events)
		}
	})
	t.Run("one that may not be asked is passed over", func(t *testing.T) {
		b.calls.Store(0)
		if _, err := call(t, g, identity.Principal{}, "resources/read", `{"uri":"x:c"}`); err != nil || b.calls.Load() != 0 {
			t.Errorf("err = %v, and the backend was asked %d times", err, b.calls.Load())
		}
	})
}

func errorOr(err error) error {
	if err == nil {
		return errors.New("no failure")
	}
	return err
}

func TestWhatIsNotShownCannotBeRead(t *testing.T) {
	b := knows(`{"resources":{},"completions":{}}`, mcp.MethodResourcesRead, mcp.MethodComplete)
	b.offers = offer(&Catalog{
		Capabilities: jsontext.Value(`{"resources":{}}`),
		Tools:        raw("name", `{"name":"show","_meta":{"ui":{"resourceUri":"file:///secret/page"}}}`),
		Resources:    raw("uri", `{"uri":"file:///docs/a","name":"a"}`, `{"uri":"file:///secret/key","name":"key"}`),
		Templates:    raw("uriTemplate", `{"uriTemplate":"file:///{+path}"}`, `{"uriTemplate":"secret://{id}"}`),
	})
	read := func(uri string) string { return `{"uri":"` + uri + `"}` }
	for _, tt := range []struct {
		name   string
		shows  view.Selection
		method string
		params string
		found  bool
	}{
		{"what is listed can be", view.Selection{}, "resources/read", read("file:///secret/key"), true},
		{"and what came with a result", view.Selection{}, "resources/read", read("x:1"), true},
		{"however it is written", view.Selection{}, "resources/read", read("file:///docs/../secret/key"), true},
		{"what is excluded cannot", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///secret/key"), false},
		{"nor what is like it", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///secret/other"), false},
		{"nor by another way to it", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///docs/../secret/key"), false},
		{"nor with what need not be encoded", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///s%65cret/key"), false},
		{"nor with a separator that is", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///secret%2Fkey"), false},
		{"nor in another case", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("FILE:///secret/key"), false},
		{"nor as the page of a tool", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///secret/page"), false},
		{"what is beside it can", view.Selection{Exclude: []string{"file:///secret/*"}}, "resources/read", read("file:///docs/caf%C3%A9%20b"), true},
		{"of what is included all else cannot", view.Selection{Include: []string{"file:///docs/*"}}, "resources/read", read("x:1"), false},
		{"what came with a result can", view.Selection{Include: []string{"file:///docs/*"}}, "resources/read", read("file:///docs/b"), true},
		{"but no way out of it", view.Selection{Include: []string{"file:///docs/*"}}, "resources/read", read("file:///docs/../secret/key"), false},
		{"a hidden template cannot be completed", view.Selection{Exclude: []string{"secret://*"}}, "completion/complete", `{"ref":{"type":"ref/resource","uri":"secret://{id}"}}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, _ := newGateway(Mount{Name: "b", Backend: b, Resources: tt.shows})
			b.calls.Store(0)
			_, err := call(t, g, alice, tt.method, tt.params)
			if (err == nil) != tt.found || (b.calls.Load() > 0) != tt.found {
				t.Errorf("err = %v, and the backend was asked %d times", err, b.calls.Load())
			}
		})
	}
}

func TestTheSessionOfABackendIsNoClients(t *testing.T) {
	b := knows(`{"extensions":{"com.example/x":{}}}`, "acme/run", mcp.MethodSetLevel)
	g, _ := newGateway(Mount{Name: "b", Backend: b})
	for _, method := range []string{"initialize", "ping", "server/discover", "subscriptions/listen", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"} {
		if _, err := call(t, g, alice, method, `{}`); mcp.Failure(errorOr(err)).Code != mcp.CodeMethodNotFound {
			t.Errorf("%s: %v", method, err)
		}
	}
	if b.calls.Load() != 0 {
		t.Error("the backend was asked")
	}
}
