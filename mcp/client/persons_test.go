package client

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// office is a line that several persons share, whose calls go on until the
// test answers them.
type office struct {
	t       *testing.T
	server  *Server
	family  *family
	mu      sync.Mutex
	running map[string]mcp.Message // by tool
}

// inOffice runs a test in which time stands still but for sleep.
func inOffice(t *testing.T, test func(t *testing.T, o *office)) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, running: make(map[string]mcp.Message)}
		o.family = &family{call: func(_ *child, m mcp.Message) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.running[mcp.StringMember(m.Params, "name")] = m.Clone()
		}}
		o.server = newServer(t, Config{Dialer: o.family, Revision: mcp.R20251125, Idle: 24 * time.Hour})
		defer o.server.Close()
		test(t, o)
	})
}

// begin has a person call a tool.
func (o *office) begin(who identity.Principal, tool string) (p *colleague, cancel context.CancelFunc) {
	ctx, cancel := context.WithCancel(o.t.Context())
	p = new(colleague)
	go func() {
		_, _ = o.server.Call(ctx, who, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"` + tool + `"}`), Client: today}, p)
	}()
	synctest.Wait()
	return p, cancel
}

func (o *office) answer(tool string) {
	fine(o.family.born[0], o.running[tool])
	synctest.Wait()
}

func (o *office) say(id mcp.ID, method, params string) {
	o.family.born[0].say(mcp.AppendRequest(nil, id, method, jsontext.Value(params)))
	synctest.Wait()
}

// colleague is a peer that writes down what it hears and is asked.
type colleague struct {
	mu   sync.Mutex
	said []string
}

func (c *colleague) Notify(_ context.Context, method string, params jsontext.Value) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, method+" "+string(params))
	return nil
}

func (c *colleague) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	return jsontext.Value(`{"action":"accept"}`), c.Notify(ctx, method, params)
}

func (c *colleague) heard() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.said)
}

func TestNobodyHearsWhatIsForAnother(t *testing.T) {
	for _, say := range []struct {
		name, method, params string
		id                   mcp.ID
	}{
		{"a question", mcp.MethodElicit, `{"message":"Delete the letters of Bob?"}`, `"q"`},
		{"a log message", mcp.NoteMessage, `{"level":"error","data":"the letters of Bob"}`, ""},
		{"a notification of an extension", "notifications/acme/moved", `{"who":"Bob"}`, ""},
	} {
		t.Run(say.name, func(t *testing.T) {
			t.Run("though that one's tool is known to ask", func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					o.server.askers.Store(mcp.MethodToolsCall+" asks", true)
					one, _ := o.begin(alice, "asks")
					o.begin(bob, "new")
					if o.say(say.id, say.method, say.params); one.heard() > 0 {
						t.Errorf("Alice heard %q", one.said)
					}
				})
			})
			t.Run("who has left", func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					_, cancel := o.begin(bob, "slow")
					cancel()
					synctest.Wait()
					one, _ := o.begin(alice, "other")
					if o.say(say.id, say.method, say.params); one.heard() > 0 {
						t.Errorf("Alice heard %q", one.said)
					}
					o.answer("slow") // late
					if o.say(say.id, say.method, say.params); one.heard() != 1 {
						t.Errorf("with nobody else there, Alice heard %q", one.said)
					}
				})
			})
			t.Run("whom nobody remembers for ever", func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					_, cancel := o.begin(bob, "slow")
					cancel()
					time.Sleep(abandonedTime + time.Second)
					one, _ := o.begin(alice, "other")
					if o.say(say.id, say.method, say.params); one.heard() != 1 {
						t.Errorf("Alice heard %q", one.said)
					}
				})
			})
			t.Run("who subscribes to something", func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					o.begin(bob, "one")
					o.begin(alice, "two")
					o.listens("file:///mine", func(m *mcp.Message) { t.Errorf("somebody heard %s %s", m.Method, m.Params) })
					o.say(say.id, say.method, say.params)
				})
			})
		})
	}
}

// listens has somebody subscribe on the session that all share.
func (o *office) listens(uri string, hear func(*mcp.Message)) {
	ss := o.server.sessions.find(owner{})
	if ss == nil {
		o.t.Fatal("there is no session")
	}
	defer o.server.sessions.put(ss)
	ss.about.Capabilities = jsontext.Value(`{"resources":{"subscribe":true}}`)
	if _, _, err := ss.listen(o.t.Context(), mcp.Changes{URIs: []string{uri}}, &sink{hear, func() {}}); err != nil {
		o.t.Fatal(err)
	}
}

func TestWhoAsksForSomethingIsAskedAmongTheCallsOfOnePerson(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.server.askers.Store(mcp.MethodToolsCall+" asks", true)
		one, _ := o.begin(alice, "asks")
		o.begin(alice, "other")
		if o.say(`"q"`, mcp.MethodElicit, `{}`); one.heard() != 1 {
			t.Errorf("heard %q", one.said)
		}
	})
}

func TestTheIDOfATaskIsShownToNobodyElse(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		one, _ := o.begin(alice, "other")
		for _, method := range []string{"notifications/tasks/status", "notifications/tasks"} {
			o.say("", method, `{"taskId":"the task of Bob"}`)
		}
		if one.heard() > 0 {
			t.Errorf("Alice heard %q", one.said)
		}
	})
}

func TestAResourceIsHeardOfByWhoSubscribed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.family.first = func(c *child, m mcp.Message) bool {
			if m.Method != mcp.MethodSubscribe {
				return false
			}
			if mcp.StringMember(m.Params, "uri") == "file:///refused" {
				c.say(mcp.AppendError(nil, m.ID, mcp.InvalidParams("no")))
			} else {
				fine(c, m)
			}
			return true
		}
		o.begin(alice, "other")
		var mu sync.Mutex
		var heard []string
		for _, uri := range []string{"file:///alice", "file:///bob"} {
			o.listens(uri, func(m *mcp.Message) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, uri+" "+mcp.StringMember(m.Params, "uri"))
			})
		}
		for _, uri := range []string{"file:///bob", "file:///alice/letters", "file:///carol"} {
			o.say("", mcp.NoteResourceUpdated, `{"uri":"`+uri+`"}`)
		}
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"file:///bob file:///bob", "file:///alice file:///alice/letters"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}

func TestARefusedSubscriptionIsNotTakenForOne(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		asked := 0
		o.family.first = func(c *child, m mcp.Message) bool {
			if m.Method == mcp.MethodSubscribe {
				asked++
				c.say(mcp.AppendError(nil, m.ID, mcp.InvalidParams("no")))
			}
			return m.Method == mcp.MethodSubscribe
		}
		o.begin(alice, "other")
		ss := o.server.sessions.find(owner{})
		defer o.server.sessions.put(ss)
		for range 2 {
			if ss.subscribe(t.Context(), mcp.MethodSubscribe, "file:///x") {
				t.Error("a subscription stands that was refused")
			}
		}
		if asked != 2 {
			t.Errorf("the server was asked %d times", asked)
		}
	})
}

func TestAServerThatAsksWithoutEndIsNotAnsweredWithoutEnd(t *testing.T) {
	o := &stuck{family: family{call: fine}}
	s := newServer(t, Config{Dialer: o, Revision: mcp.R20251125})
	if _, err := s.tool(t, today, `{"name":"x"}`); err != nil {
		t.Fatal(err)
	}
	ss := s.sessions.find(owner{})
	defer s.sessions.put(ss)
	o.stops.Store(true)
	for range 10_000 {
		ss.hear(nil, &mcp.Message{ID: "1", Method: mcp.MethodPing})
		ss.hear(nil, &mcp.Message{ID: "2", Method: mcp.MethodElicit})
	}
	if got := ss.replies.Load(); got != maxReplies {
		t.Errorf("%d answers are on their way, want %d", got, maxReplies)
	}
}

// stuck dials children that stop to read.
type stuck struct {
	family
	stops atomic.Bool
}

func (s *stuck) Dial(ctx context.Context, person string) (wire.Conn, error) {
	c, err := s.family.Dial(ctx, person)
	return stuckConn{c, s}, err
}

type stuckConn struct {
	wire.Conn
	of *stuck
}

func (c stuckConn) Send(ctx context.Context, message []byte) error {
	if c.of.stops.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.Conn.Send(ctx, message)
}

func TestAQuestionWaitsUntilItIsClearWhoseItIs(t *testing.T) {
	for _, tt := range []struct {
		name  string
		then  func(o *office, cancel context.CancelFunc)
		heard int
	}{
		{"the other's call is answered", func(o *office, _ context.CancelFunc) { o.answer("quick") }, 1},
		{"the other has left", func(_ *office, cancel context.CancelFunc) { cancel() }, 0},
		{"and is answered late", func(o *office, cancel context.CancelFunc) { cancel(); synctest.Wait(); o.answer("quick") }, 1},
		{"one's own call is answered", func(o *office, _ context.CancelFunc) { o.answer("asks") }, 0},
		{"somebody else begins", func(o *office, _ context.CancelFunc) { o.begin(bob, "later"); o.answer("quick") }, 1},
		{"nothing happens", func(*office, context.CancelFunc) {}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.server.askers.Store(mcp.MethodToolsCall+" asks", true)
				one, _ := o.begin(alice, "asks")
				other, cancel := o.begin(bob, "quick")
				o.say(`"q"`, mcp.MethodElicit, `{}`)
				if one.heard() > 0 {
					t.Fatal("Alice was asked before it was clear")
				}
				tt.then(o, cancel)
				synctest.Wait()
				if one.heard() != tt.heard || other.heard() > 0 {
					t.Errorf("at once Alice was asked %d times, Bob %d", one.heard(), other.heard())
				}
				time.Sleep(clearTime)
				synctest.Wait()
				if one.heard() != tt.heard || other.heard() > 0 {
					t.Errorf("Alice was asked %d times, Bob %d", one.heard(), other.heard())
				}
				if c := o.family.born[0]; len(c.refused)+len(c.results) != 1 {
					t.Errorf("the server got %d answers and %d refusals", len(c.results), len(c.refused))
				}
			})
		})
	}
}

func TestAQuestionThatIsTakenBackBeforeItIsClearIsNotAsked(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.server.askers.Store(mcp.MethodToolsCall+" asks", true)
		one, _ := o.begin(alice, "asks")
		o.begin(bob, "quick")
		o.say(`"q"`, mcp.MethodElicit, `{}`)
		o.say("", mcp.NoteCancelled, `{"requestId":"q"}`)
		o.answer("quick")
		time.Sleep(clearTime)
		synctest.Wait()
		if one.heard() > 0 {
			t.Errorf("Alice was asked %q", one.said)
		}
	})
}
