package gateway

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/store"
)

const (
	asExtension = `{"extensions":{"io.modelcontextprotocol/tasks":{}}}`
	asCore      = `{"tasks":{"cancel":{},"list":{},"requests":{"tools":{"call":{}}}}}`
)

// tasker is a backend whose tool runs as a task. Every task is number 1, and
// anybody may have it.
func tasker(t *testing.T, capabilities string) *script {
	s := &script{offers: offer(&Catalog{Capabilities: jsontext.Value(capabilities), Tools: raw("name", `{"name":"run"}`)})}
	s.does = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
		if req.Method == mcp.MethodToolsCall {
			if err := peer.Notify(ctx, "notifications/tasks", jsontext.Value(`{"taskId":"1:x","status":"working"}`)); err != nil {
				t.Error(err)
			}
			return mcp.Result{Raw: jsontext.Value(`{"resultType":"task","taskId":"1:x","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1:x"},"taskId":"mine"}}`)}, nil
		}
		return mcp.Result{Raw: jsontext.Value(`{"taskId":"1:x","asked":` + string(req.Params) + `,"result":{"taskId":"not a task"}}`)}, nil
	}
	return s
}

// listener is a client that hears what a call tells it.
type listener struct {
	mute
	hearing
}

func (l *listener) Notify(_ context.Context, method string, params jsontext.Value) error {
	l.notify(method+" ", params)
	return nil
}

var bob = identity.Principal{Subject: "dev:bob", Scopes: []string{"math", "notes"}}

// begun has a person begin a task, and returns its id as that person sees it.
func begun(t *testing.T, g *Gateway, who identity.Principal, tool string) string {
	t.Helper()
	raw, err := callAs(t, g, who, new(listener), tool)
	if err != nil {
		t.Fatal(err)
	}
	return mcp.StringMember(raw, "taskId")
}

func callAs(t *testing.T, g *Gateway, who identity.Principal, peer mcp.Peer, tool string) (jsontext.Value, error) {
	t.Helper()
	res, err := g.Call(t.Context(), who, &mcp.Request{
		Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"` + tool + `"}`), Client: new(mcp.Client),
	}, peer)
	return res.Raw, err
}

// methodsOfTasks are those of each revision that has tasks.
var methodsOfTasks = map[mcp.Revision][]string{
	mcp.R20251125: {"tasks/get", "tasks/result", "tasks/cancel"},
	mcp.R20260728: {"tasks/get", "tasks/update", "tasks/cancel"},
}

func onTask(t *testing.T, g *Gateway, who identity.Principal, revision mcp.Revision, method, params string) (string, error) {
	t.Helper()
	res, err := g.Call(t.Context(), who, &mcp.Request{
		Method: method, Params: jsontext.Value(params),
		Client: &mcp.Client{Revision: revision, Capabilities: jsontext.Value(asExtension)},
	}, nil)
	return string(res.Raw), err
}

func TestTasks(t *testing.T) {
	for name, others := range map[string][]Mount{
		"of the only backend": nil,
		"of one of several": {
			{Name: "b", Prefix: "b_", Backend: tasker(t, asCore)},
			{Name: "c", Prefix: "c_", Backend: knows(`{}`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tasker(t, asExtension)
			g, _ := newGateway(append([]Mount{{Name: "a", Prefix: "a_", Backend: a}}, others...)...)
			l := new(listener)
			got, err := callAs(t, g, alice, l, "a_run")
			id := mcp.StringMember(got, "taskId")
			if !strings.HasPrefix(id, "a:") || !strings.HasSuffix(id, ":1:x") || len(id) != len("a:")+22+len(":1:x") {
				t.Fatalf("the id is %q", id)
			}
			if want := `{"resultType":"task","taskId":"` + id + `","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"` + id + `"},"taskId":"mine"}}`; string(got) != want || err != nil {
				t.Errorf("the task is %s, %v", got, err)
			}
			if got := strings.Join(l.take(), "\n"); got != `notifications/tasks {"taskId":"`+id+`","status":"working"}` {
				t.Errorf("the notification is %s", got)
			}
			for revision, methods := range methodsOfTasks {
				for _, method := range methods {
					before := a.calls.Load()
					got, err := onTask(t, g, alice, revision, method, `{"taskId":"`+id+`"}`)
					if want := `{"taskId":"` + id + `","asked":{"taskId":"1:x"},"result":{"taskId":"not a task"}}`; got != want || err != nil || a.calls.Load() != before+1 {
						t.Errorf("%s %s: got %s, %v", revision, method, got, err)
					}
				}
			}
		})
	}
}

func TestATaskIsOfOnePerson(t *testing.T) {
	a, b := tasker(t, asExtension), tasker(t, asExtension)
	g, book := newGateway(Mount{Name: "a", Prefix: "a_", Backend: a}, Mount{Name: "b", Prefix: "b_", Backend: b, Scopes: []string{"notes"}})
	alices, bobs := begun(t, g, alice, "a_run"), begun(t, g, bob, "a_run")
	if alices == bobs {
		t.Error("two persons see the same id")
	}
	calls, events := a.calls.Load()+b.calls.Load(), len(book.events)
	altered := strings.Replace(bobs, "a:", "a:A", 1)
	for name, id := range map[string]string{
		"that of somebody else":         alices,
		"that of the backend":           "1:x",
		"with the mount in front":       "a:1:x",
		"with an empty tag":             "a::1:x",
		"with a tag that was altered":   altered,
		"with a tag that was cut":       bobs[:10] + bobs[11:],
		"one's own, of another mount":   strings.Replace(bobs, "a:", "b:", 1),
		"one's own, but another number": strings.TrimSuffix(bobs, "1:x") + "2:x",
		"of no mount":                   "z:" + bobs,
	} {
		t.Run(name, func(t *testing.T) {
			want := mcp.InvalidParams("Unknown task: " + id).Error()
			for revision, methods := range methodsOfTasks {
				for _, method := range methods {
					if got, err := onTask(t, g, bob, revision, method, `{"taskId":"`+id+`"}`); errorOr(err).Error() != want {
						t.Errorf("%s %s: %s, %v", revision, method, got, err)
					}
				}
			}
			for _, params := range []string{
				`{"name":"a_run","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"` + id + `"}}}`,
				`{"name":"a_run","task":{"taskId":"` + id + `"}}`,
			} {
				if _, err := call(t, g, bob, "tools/call", params); errorOr(err).Error() != want {
					t.Errorf("%s: %v", params, err)
				}
			}
		})
	}
	for _, params := range []string{`{}`, `{"taskId":1}`, `{"taskId":""}`, `{"taskId":null}`, `{"taskID":"1"}`} {
		if got, err := call(t, g, bob, "tasks/get", params); mcp.Failure(errorOr(err)).Code != mcp.CodeInvalidParams {
			t.Errorf("%s: %s, %v", params, got, err)
		}
	}
	if a.calls.Load()+b.calls.Load() != calls || len(book.events) != events {
		t.Error("a backend was asked")
	}
}

func TestTheIDOfATaskHolds(t *testing.T) {
	old, next := store.NewKey(), store.NewKey()
	of := func(keys ...store.Key) *Gateway {
		g, _ := newGateway(Mount{Name: "a", Backend: tasker(t, asCore)})
		g.Keys = store.NewKeyring(keys...)
		return g
	}
	id := begun(t, of(old), alice, "run")
	for name, g := range map[string]*Gateway{
		"after a restart, and in another shard": of(old),
		"with a newer key":                      of(next, old),
	} {
		if got, err := call(t, g, alice, "tasks/get", `{"taskId":"`+id+`"}`); err != nil || !strings.Contains(got, `"asked":{"taskId":"1:x"}`) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if got, err := call(t, of(next), alice, "tasks/get", `{"taskId":"`+id+`"}`); err == nil {
		t.Errorf("with another key: %s", got)
	}
}

func TestThatTasksAreListedIsNotOffered(t *testing.T) {
	a := Mount{Name: "a", Backend: tasker(t, asCore)}
	b := Mount{Name: "b", Prefix: "b_", Backend: tasker(t, asCore)}
	for _, mounts := range [][]Mount{{a}, {a, b}} {
		g, _ := newGateway(mounts...)
		d, err := g.Describe(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if can := mcp.Member(d.Capabilities, "tasks"); string(can) != `{"cancel":{},"requests":{"tools":{"call":{}}}}` {
			t.Errorf("of tasks it says %s", can)
		}
	}
}

func TestWhoWatchesHearsOfTasksByTheirOwnID(t *testing.T) {
	a := tasker(t, asCore)
	inBubble(t, []Mount{{Name: "a", Backend: a}}, func(t *testing.T, g *Gateway) {
		var h hearing
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := g.Watch(ctx, bob, new(mcp.Client), mcp.Changes{Tools: true}, h.notify); err != nil {
			t.Fatal(err)
		}
		a.say("notifications/tasks/status", `{"taskId":"1:x","status":"completed"}`)
		synctest.Wait()
		id := begun(t, g, bob, "run")
		if got := strings.Join(h.take(), "\n"); got != `notifications/tasks/status{"taskId":"`+id+`","status":"completed"}` {
			t.Errorf("heard %s", got)
		}
	})
}
