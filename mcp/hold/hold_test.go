package hold

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/store"
)

// run is a server's handler.
type run = func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)

var alice = identity.Principal{Subject: "dev:alice", Grant: "g1"}

const able = `{"elicitation":{},"sampling":{},"roots":{}}`

func newCalls() *Calls {
	return &Calls{Keys: store.NewKeyring(store.NewKey()), Now: time.Now}
}

// listener is a peer that keeps what it is told.
type listener struct {
	mu    sync.Mutex
	notes []string
}

func (l *listener) Notify(_ context.Context, method string, params jsontext.Value) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, method+" "+string(params))
	return nil
}

func (l *listener) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}

// call is a call of the tool t by a modern client, with further params such as
// `,"a":1`.
func call(f run, more string) Call {
	return Call{
		Who:    alice,
		Server: "s",
		Request: &mcp.Request{
			Method: mcp.MethodToolsCall,
			Params: jsontext.Value(`{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7}` + more + `}`),
			Client: &mcp.Client{Revision: mcp.R20260728, Capabilities: jsontext.Value(able)},
		},
		Peer: new(listener),
		Run:  f,
	}
}

// asked is a result that asks.
type asked struct {
	Type     string                    `json:"resultType"`
	Requests map[string]jsontext.Value `json:"inputRequests"`
	State    string                    `json:"requestState"`
}

func mustAsk(t *testing.T, res mcp.Result, err error) asked {
	t.Helper()
	var a asked
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(res.Raw, &a); err != nil || a.Type != "input_required" || a.State == "" {
		t.Fatalf("result %s, %v; want one that asks", res.Raw, err)
	}
	return a
}

// with is what a client adds to a call that it makes again: the same answer to
// all that it was asked.
func (a asked) with(answer string) string {
	answers := make(map[string]jsontext.Value)
	for name := range a.Requests {
		answers[name] = jsontext.Value(answer)
	}
	b, _ := json.Marshal(answers)
	return a.again(string(b))
}

func (a asked) again(responses string) string {
	return `,"requestState":"` + a.State + `","inputResponses":` + responses
}

func says(s string) mcp.Result {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return mcp.Result{Raw: jsontext.Value(`{"said":` + string(quoted) + `}`)}
}

// greet asks for a name, and greets it.
func greet(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	answer, err := peer.Ask(ctx, mcp.MethodElicit, jsontext.Value(`{"message":"Who?","x":[1, 2]}`))
	if err != nil {
		return mcp.Result{}, err
	}
	return says("hello " + mcp.StringMember(answer, "name")), nil
}

func TestACallAsksAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(greet, ""))
		a := mustAsk(t, res, err)
		if got, want := string(a.Requests["question-1"]), `{"method":"elicitation/create","params":{"message":"Who?","x":[1, 2]}}`; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		res, err = c.Do(t.Context(), call(nil, a.with(`{"name":"Alice"}`)))
		if err != nil || string(res.Raw) != `{"said":"hello Alice"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
		if len(c.held) != 0 {
			t.Errorf("%d calls are held after the end", len(c.held))
		}
	})
}

func TestAQuestionHasParams(t *testing.T) {
	for name, params := range map[string]jsontext.Value{"none": nil, "empty ones": jsontext.Value(`{}`)} {
		q := &question{name: "q", method: mcp.MethodRootsList, params: params}
		if got, want := string(appendQuestions(nil, q)), `{"q":{"method":"roots/list","params":{}}}`; got != want {
			t.Errorf("a server that gives %s: asked %s, want %s", name, got, want)
		}
	}
}

func TestACallAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		const rounds = 5
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			for range rounds - 1 {
				if _, err := greet(ctx, req, peer); err != nil {
					return mcp.Result{}, err
				}
			}
			return greet(ctx, req, peer)
		}
		res, err := c.Do(t.Context(), call(f, ""))
		for n := range rounds {
			a := mustAsk(t, res, err)
			time.Sleep(9 * time.Minute) // a life begins anew with each round
			res, err = c.Do(t.Context(), call(nil, a.with(`{"name":"`+strings.Repeat("A", n)+`"}`)))
		}
		if err != nil || string(res.Raw) != `{"said":"hello AAAA"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}

// both asks two questions at once.
func both(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	var all sync.WaitGroup
	var answers [2]jsontext.Value
	var errs [2]error
	for i, method := range []string{mcp.MethodElicit, mcp.MethodCreateMessage} {
		all.Go(func() { answers[i], errs[i] = peer.Ask(ctx, method, jsontext.Value(`{}`)) })
	}
	all.Wait()
	return says(string(answers[0]) + string(answers[1])), errors.Join(errs[:]...)
}

func (a asked) name(method string) string {
	for name, r := range a.Requests {
		if mcp.StringMember(r, "method") == method {
			return name
		}
	}
	return ""
}

func TestParallelQuestionsAreAskedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(both, ""))
		a := mustAsk(t, res, err)
		if len(a.Requests) != 2 {
			t.Fatalf("asked %s, want two questions", res.Raw)
		}
		res, err = c.Do(t.Context(), call(nil, a.again(`{"`+a.name(mcp.MethodElicit)+`":{"a":1},"`+a.name(mcp.MethodCreateMessage)+`":{"b":2}}`)))
		if err != nil || string(res.Raw) != `{"said":"{\"a\":1}{\"b\":2}"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}

func TestMissingAnswersAreAskedAgainAndExtraOnesIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(both, ""))
		first := mustAsk(t, res, err)
		res, err = c.Do(t.Context(), call(nil, first.again(`{"nobody-asked":{},"`+first.name(mcp.MethodElicit)+`":{"a":1}}`)))
		second := mustAsk(t, res, err)
		if len(second.Requests) != 1 || second.name(mcp.MethodCreateMessage) != first.name(mcp.MethodCreateMessage) {
			t.Fatalf("asked %s, want what had no answer", res.Raw)
		}
		res, err = c.Do(t.Context(), call(nil, `,"requestState":"`+second.State+`"`))
		third := mustAsk(t, res, err)
		if res, err = c.Do(t.Context(), call(nil, third.with(`{"b":2}`))); err != nil || string(res.Raw) != `{"said":"{\"a\":1}{\"b\":2}"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}

func TestAQuestionThatComesLateIsAskedNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			var late sync.WaitGroup
			late.Go(func() {
				time.Sleep(time.Minute)
				peer.Ask(ctx, mcp.MethodRootsList, nil)
			})
			peer.Ask(ctx, mcp.MethodElicit, nil)
			late.Wait()
			return says("ok"), nil
		}
		res, err := c.Do(t.Context(), call(f, ""))
		a := mustAsk(t, res, err)
		time.Sleep(2 * time.Minute)
		res, err = c.Do(t.Context(), call(nil, a.with(`{}`)))
		a = mustAsk(t, res, err)
		if len(a.Requests) != 1 || a.name(mcp.MethodRootsList) == "" {
			t.Errorf("asked %s, want the roots", res.Raw)
		}
		if res, err = c.Do(t.Context(), call(nil, a.with(`{}`))); err != nil || string(res.Raw) != `{"said":"ok"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}
