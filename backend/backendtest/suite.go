// Package backendtest is the suite that every kind of backend passes.
//
// The suite calls tools by name: add, wait, count, ask and grow, as [NewServer]
// has them. What a backend's catalog does not list is skipped, so that a kind
// of backend that cannot ask, say, passes without.
package backendtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway"
	"gatehouse/identity"
	"gatehouse/mcp"
)

// Run holds the backends that open makes to the contract of [gateway.Backend].
// Each test gets one of its own and closes it.
func Run(t *testing.T, open func(t *testing.T) gateway.Backend) {
	for name, test := range map[string]func(*testing.T, gateway.Backend){
		"the catalog keeps its pointer":             testCatalog,
		"a call is answered in every revision":      testCall,
		"an unknown tool is refused":                testUnknown,
		"a call whose context ends is over":         testCancel,
		"parallel calls keep apart":                 testParallel,
		"a question reaches who called":             testAsk,
		"a change is heard, and the catalog is new": testWatch,
		"a session that ended starts anew":          testEnd,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			defer func() {
				if err := b.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}()
			test(t, b)
		})
	}
	t.Run("a closed backend leaves no goroutine", func(t *testing.T) { testClose(t, open) })
}

// Alice is the caller of the suite.
var Alice = identity.Principal{Subject: "dev:alice", Name: "Alice", ClientID: "c1", Client: "Inspector", Scopes: []string{"test"}}

// Clients returns a client of each revision, able to do everything.
func Clients() []*mcp.Client {
	var clients []*mcp.Client
	for _, r := range mcp.Revisions() {
		c := &mcp.Client{
			Revision:     r,
			Info:         jsontext.Value(`{"name":"suite","version":"1"}`),
			Capabilities: jsontext.Value(`{"elicitation":{},"sampling":{},"roots":{"listChanged":true}}`),
		}
		if !r.Modern() {
			c.Session = "session-" + string(r)
		}
		clients = append(clients, c)
	}
	return clients
}

// legacy is a client with a session of its own.
func legacy(session string) *mcp.Client {
	c := Clients()[1]
	c.Session = session
	return c
}

// Peer records what a backend tells its client, and answers its questions.
type Peer struct {
	Answer jsontext.Value // to every question; nil refuses

	mu    sync.Mutex
	notes []string
	asked []string
}

// Notify implements [mcp.Peer].
func (p *Peer) Notify(_ context.Context, method string, params jsontext.Value) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, method+" "+string(params))
	return nil
}

// Ask implements [mcp.Peer].
func (p *Peer) Ask(_ context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, method+" "+string(params))
	if p.Answer == nil {
		return nil, mcp.ErrCannotAsk
	}
	return p.Answer, nil
}

// Notes returns what the client was told: methods and params.
func (p *Peer) Notes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.notes)
}

// Request makes a request as the edge of the client's revision would. args is
// a JSON object.
func Request(client *mcp.Client, method, name, args, progressToken string) *mcp.Request {
	var meta []string
	if client.Revision.Modern() {
		meta = append(meta,
			fmt.Sprintf(`%q:%q`, mcp.MetaRevision, client.Revision),
			fmt.Sprintf(`%q:%s`, mcp.MetaCapabilities, client.Capabilities),
			fmt.Sprintf(`%q:%s`, mcp.MetaClientInfo, client.Info))
	}
	if progressToken != "" {
		meta = append(meta, fmt.Sprintf(`%q:%s`, mcp.MetaProgressToken, progressToken))
	}
	params := fmt.Sprintf(`{"name":%q,"arguments":%s,"_meta":{%s}}`, name, args, strings.Join(meta, ","))
	return &mcp.Request{Method: method, Params: jsontext.Value(params), Client: client}
}

func call(ctx context.Context, b gateway.Backend, client *mcp.Client, peer mcp.Peer, tool, args, token string) (string, error) {
	res, err := b.Call(ctx, Alice, Request(client, mcp.MethodToolsCall, tool, args, token), peer)
	return string(res.Raw), err
}

// sum reads the answer of add and of count.
func sum(t *testing.T, raw string) float64 {
	t.Helper()
	var result struct {
		Structured struct {
			Sum float64 `json:"sum"`
		} `json:"structuredContent"`
	}
	if err := json.Unmarshal([]byte(raw), &result); err != nil {
		t.Errorf("result %s: %v", raw, err)
	}
	return result.Structured.Sum
}

func catalog(t *testing.T, b gateway.Backend) *gateway.Catalog {
	t.Helper()
	c, err := b.Catalog(t.Context())
	if err != nil {
		t.Fatalf("Catalog: %v", err)
	}
	return c
}

func needs(t *testing.T, b gateway.Backend, tool string) {
	t.Helper()
	has := func(e gateway.Entry) bool { return e.Name == tool }
	if !slices.ContainsFunc(catalog(t, b).Tools, has) {
		t.Skipf("the backend has no tool %q", tool)
	}
}

func testCatalog(t *testing.T, b gateway.Backend) {
	c := catalog(t, b)
	if again := catalog(t, b); again != c {
		t.Error("the pointer changed, and nothing else did")
	}
	if mcp.StringMember(c.Info, "name") == "" {
		t.Errorf("Info = %s, want a name", c.Info)
	}
	for _, e := range c.Tools {
		if got := mcp.StringMember(e.Raw, "name"); got != e.Name {
			t.Errorf("tool %q is called %q in its object", e.Name, got)
		}
		if mcp.Member(e.Raw, "inputSchema") == nil {
			t.Errorf("tool %q has no inputSchema", e.Name)
		}
	}
	needs(t, b, "add")
}

func testCall(t *testing.T, b gateway.Backend) {
	for _, client := range Clients() {
		raw, err := call(t.Context(), b, client, new(Peer), "add", `{"a":2,"b":3}`, "")
		if err != nil {
			t.Fatalf("%s: %v", client.Revision, err)
		}
		if got := sum(t, raw); got != 5 {
			t.Errorf("%s: 2+3 = %v", client.Revision, got)
		}
	}
}

func testUnknown(t *testing.T, b gateway.Backend) {
	raw, err := call(t.Context(), b, Clients()[0], new(Peer), "no-such-tool", `{}`, "")
	if e, ok := errors.AsType[*mcp.Error](err); !ok || e.Code != mcp.CodeInvalidParams {
		t.Errorf("call = %s, %v, want code %d", raw, err, mcp.CodeInvalidParams)
	}
}

func testCancel(t *testing.T, b gateway.Backend) {
	needs(t, b, "wait")
	for _, client := range Clients() {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		raw, err := call(ctx, b, client, new(Peer), "wait", `{}`, "")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: call = %s, %v, want the context's error", client.Revision, raw, err)
		}
	}
}

func testParallel(t *testing.T, b gateway.Backend) {
	needs(t, b, "count")
	clients := Clients()
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			client := clients[i%len(clients)]
			peer := new(Peer)
			from := i * 1000
			raw, err := call(t.Context(), b, client, peer, "count", fmt.Sprintf(`{"from":%d}`, from), fmt.Sprint(i))
			if err != nil {
				t.Errorf("call %d: %v", i, err)
				return
			}
			if got, want := sum(t, raw), float64(3*from+6); got != want {
				t.Errorf("call %d: sum = %v, want %v", i, got, want)
			}
			var want []string
			for n := 1; n <= 3; n++ {
				want = append(want, fmt.Sprintf("%d %d", i, from+n))
			}
			if got := peer.progress(t); !slices.Equal(got, want) {
				t.Errorf("call %d: progress = %q, want %q", i, got, want)
			}
		})
	}
	all.Wait()
}

// progress returns token and progress of each report.
func (p *Peer) progress(t *testing.T) []string {
	var got []string
	for _, note := range p.Notes() {
		method, params, _ := strings.Cut(note, " ")
		if method != mcp.NoteProgress {
			t.Errorf("the client was told %s", note)
			continue
		}
		got = append(got, string(mcp.Member(jsontext.Value(params), mcp.MetaProgressToken))+" "+string(mcp.Member(jsontext.Value(params), "progress")))
	}
	return got
}

func testAsk(t *testing.T, b gateway.Backend) {
	needs(t, b, "ask")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			name := fmt.Sprintf("person %d", i)
			peer := &Peer{Answer: jsontext.Value(fmt.Sprintf(`{"action":"accept","content":{"name":%q}}`, name))}
			raw, err := call(t.Context(), b, legacy(fmt.Sprint("ask-", i%4)), peer, "ask", `{}`, "")
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			} else if !strings.Contains(raw, "hello "+name) {
				t.Errorf("call %d = %s, want hello %s", i, raw, name)
			}
			if len(peer.asked) != 1 || !strings.HasPrefix(peer.asked[0], mcp.MethodElicit) {
				t.Errorf("call %d: asked %q", i, peer.asked)
			}
		})
	}
	all.Wait()
	refuses, err := call(t.Context(), b, legacy("ask-refused"), new(Peer), "ask", `{}`, "")
	if err == nil && !strings.Contains(refuses, `"isError":true`) {
		t.Errorf("a refused question came to %s", refuses)
	}
}

func testWatch(t *testing.T, b gateway.Backend) {
	needs(t, b, "grow")
	before := catalog(t, b)
	heard := make(chan string, 16)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	honoured, err := b.Watch(ctx, Alice, Clients()[0], mcp.Changes{Tools: true}, func(method string, _ jsontext.Value) { heard <- method })
	if err != nil || !honoured.Tools {
		t.Fatalf("Watch = %+v, %v", honoured, err)
	}
	if _, err := call(t.Context(), b, Clients()[0], new(Peer), "grow", `{"name":"grown"}`, ""); err != nil {
		t.Fatal(err)
	}
	select {
	case method := <-heard:
		if method != mcp.NoteToolsChanged {
			t.Errorf("heard %s, want %s", method, mcp.NoteToolsChanged)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("heard nothing of the new tool")
	}
	eventually(t, "the catalog lists the new tool", func() bool {
		c := catalog(t, b)
		return c != before && slices.ContainsFunc(c.Tools, func(e gateway.Entry) bool { return e.Name == "grown" })
	})
}

func testEnd(t *testing.T, b gateway.Backend) {
	for range 3 {
		raw, err := call(t.Context(), b, legacy("ends"), new(Peer), "add", `{"a":1,"b":1}`, "")
		if err != nil || sum(t, raw) != 2 {
			t.Fatalf("call = %s, %v", raw, err)
		}
		b.End("ends")
	}
	b.End("never-there")
}

func testClose(t *testing.T, open func(t *testing.T) gateway.Backend) {
	before := runtime.NumGoroutine()
	for range 3 {
		b := open(t)
		catalog(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := b.Watch(ctx, Alice, Clients()[0], mcp.Changes{Tools: true}, func(string, jsontext.Value) {}); err != nil {
			t.Fatal(err)
		}
		for _, client := range Clients() {
			if _, err := call(t.Context(), b, client, new(Peer), "add", `{"a":1,"b":1}`, ""); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Errorf("the second Close: %v", err)
		}
	}
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("not so: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
