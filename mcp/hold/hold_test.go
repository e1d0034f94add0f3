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
	"gatehouse/internal/fault"
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

func TestARequestStateIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Call, *asked)
		after  time.Duration
		want   error
	}{
		"of another person":  {func(c *Call, _ *asked) { c.Who.Subject = "dev:bob" }, 0, errForeign},
		"of another grant":   {func(c *Call, _ *asked) { c.Who.Grant = "g2" }, 0, errForeign},
		"for another server": {func(c *Call, _ *asked) { c.Server = "other" }, 0, errForeign},
		"for another method": {func(c *Call, _ *asked) { c.Request.Method = mcp.MethodPromptsGet }, 0, errForeign},
		"for other arguments": {func(c *Call, _ *asked) {
			c.Request.Params = mcp.WithMember(c.Request.Params, "arguments", jsontext.Value(`{"a":1}`))
		}, 0, errForeign},
		"that was altered": {func(c *Call, a *asked) {
			c.Request.Params = mcp.WithMember(c.Request.Params, "requestState", jsontext.Value(`"`+altered(a.State)+`"`))
		}, 0, errForeign},
		"of nobody": {func(c *Call, _ *asked) {
			c.Request.Params = mcp.WithMember(c.Request.Params, "requestState", jsontext.Value(`"%"`))
		}, 0, errForeign},
		"that has expired": {func(*Call, *asked) {}, 10 * time.Minute, errLate},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCalls()
				res, err := c.Do(t.Context(), call(greet, ""))
				a := mustAsk(t, res, err)
				time.Sleep(tt.after)
				again := call(nil, a.with(`{"name":"Mallory"}`))
				tt.change(&again, &a)
				_, err = c.Do(t.Context(), again)
				if !errors.Is(err, tt.want) || mcp.Failure(err).Code != mcp.CodeInvalidParams {
					t.Errorf("err = %v, want %v", err, tt.want)
				}
				c.Close()
			})
		})
	}
}

// altered is a text with another letter in its middle.
func altered(s string) string {
	b := []byte(s)
	if at := &b[len(b)/2]; *at == 'A' {
		*at = 'B'
	} else {
		*at = 'A'
	}
	return string(b)
}

func TestAMalformedAnswerCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(greet, ""))
		a := mustAsk(t, res, err)
		for _, more := range []string{a.again(`[]`), a.with(`7`), `,"requestState":7`} {
			if _, err := c.Do(t.Context(), call(nil, more)); err == nil || mcp.Failure(err).Code != mcp.CodeInvalidParams {
				t.Errorf("%s: %v, want code %d", more, err, mcp.CodeInvalidParams)
			}
		}
		if res, err := c.Do(t.Context(), call(nil, a.with(`{"name":"Alice"}`))); err != nil || !strings.Contains(string(res.Raw), "hello Alice") {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}

func TestTheParamsMayBeWrittenInAnotherWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(greet, `,"arguments":{"a":1,"b":"c"}`))
		a := mustAsk(t, res, err)
		again := call(nil, a.with(`{"name":"Alice"}`)+`,"arguments": {"b":"\u0063", "a":1.0}`)
		again.Request.Params = mcp.WithMeta(again.Request.Params, "traceparent", jsontext.Value(`"00-1"`))
		if _, err := c.Do(t.Context(), again); err != nil {
			t.Error(err)
		}
	})
}

func TestARestartForgetsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newCalls()
		res, err := before.Do(t.Context(), call(greet, ""))
		a := mustAsk(t, res, err)
		before.Close()
		after := &Calls{Keys: before.Keys, Now: time.Now}
		if _, err := after.Do(t.Context(), call(nil, a.with(`{}`))); !errors.Is(err, errGone) {
			t.Errorf("err = %v, want %v", err, errGone)
		}
	})
}

func TestARoundIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(both, ""))
		a := mustAsk(t, res, err)
		var all sync.WaitGroup
		errs := make(chan error, 2)
		for range 2 {
			all.Go(func() {
				_, err := c.Do(t.Context(), call(nil, a.with(`{}`)))
				errs <- err
			})
		}
		all.Wait()
		one, other := <-errs, <-errs
		if one == nil {
			one, other = other, one
		}
		// The second comes while the first waits, or when it has its result.
		if other != nil || !errors.Is(one, errUsed) && !errors.Is(one, errGone) {
			t.Errorf("%v and %v, want one result and one refusal", one, other)
		}
	})
}

func TestAnOlderRoundIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		res, err := c.Do(t.Context(), call(greet, ""))
		first := mustAsk(t, res, err)
		res, err = c.Do(t.Context(), call(nil, first.again(`{}`)))
		second := mustAsk(t, res, err)
		if _, err := c.Do(t.Context(), call(nil, first.with(`{}`))); !errors.Is(err, errUsed) {
			t.Errorf("err = %v, want %v", err, errUsed)
		}
		if _, err := c.Do(t.Context(), call(nil, second.with(`{}`))); err != nil {
			t.Error(err)
		}
	})
}

func TestAClientThatDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		ended := make(chan error, 1)
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			_, err := greet(ctx, req, peer)
			ended <- err
			return mcp.Result{}, err
		}
		start := time.Now()
		_, err := c.Do(t.Context(), call(f, ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, errExpired) {
			t.Errorf("the handler got %v, want %v", err, errExpired)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Minute || len(c.held) != 0 {
			t.Errorf("the call ended after %v, and %d are held", took, len(c.held))
		}
	})
}

func TestAClientThatGoesAway(t *testing.T) {
	for name, more := range map[string]string{"before any question": "first", "after an answer": "then"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCalls()
				ended := make(chan error, 1)
				f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
					if more == "then" {
						greet(ctx, req, peer)
					}
					<-ctx.Done()
					ended <- context.Cause(ctx)
					return mcp.Result{}, ctx.Err()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				again := call(f, "")
				if more == "then" {
					res, err := c.Do(t.Context(), again)
					again = call(nil, mustAsk(t, res, err).with(`{}`))
				}
				if _, err := c.Do(ctx, again); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("err = %v", err)
				}
				if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || len(c.held) != 0 {
					t.Errorf("the handler got %v, and %d are held", err, len(c.held))
				}
			})
		})
	}
}

func TestACallThatWasDroppedIsNotHeldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			<-ctx.Done()
			if _, err := greet(context.WithoutCancel(ctx), req, peer); !errors.Is(err, context.Canceled) {
				t.Errorf("Ask = %v", err)
			}
			return mcp.Result{}, ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Do(ctx, call(f, "")); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		synctest.Wait()
		if len(c.held) != 0 {
			t.Errorf("%d calls are held", len(c.held))
		}
	})
}

func TestWhatAClientDidNotDeclareItIsNotAsked(t *testing.T) {
	for _, tt := range []struct{ name, capabilities, method, params, want string }{
		{"no elicitation", `{"sampling":{}}`, mcp.MethodElicit, `{}`, `{"requiredCapabilities":{"elicitation":{}}}`},
		{"no elicitation by URL", `{"elicitation":{"form":{}}}`, mcp.MethodElicit, `{"mode":"url"}`, `{"requiredCapabilities":{"elicitation":{"url":{}}}}`},
		{"no sampling", `{}`, mcp.MethodCreateMessage, `{}`, `{"requiredCapabilities":{"sampling":{}}}`},
		{"no roots", `{}`, mcp.MethodRootsList, ``, `{"requiredCapabilities":{"roots":{}}}`},
		{"what nobody knows", able, "acme/ask", ``, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asks := call(func(ctx context.Context, _ *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
					_, err := peer.Ask(ctx, tt.method, jsontext.Value(tt.params))
					e, ok := errors.AsType[*mcp.Error](err)
					if !ok || string(e.Data) != tt.want {
						t.Errorf("Ask = %v, want %s", err, tt.want)
					}
					return says("ok"), nil
				}, "")
				asks.Request.Client.Capabilities = jsontext.Value(tt.capabilities)
				if res, err := newCalls().Do(t.Context(), asks); err != nil || string(res.Raw) != `{"said":"ok"}` {
					t.Errorf("result %s, %v", res.Raw, err)
				}
			})
		})
	}
}

func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		c.PerPerson, c.Total = 2, 3
		ask := func(subject string) (asked, error) {
			first := call(greet, "")
			first.Who.Subject = subject
			res, err := c.Do(t.Context(), first)
			if err != nil {
				return asked{}, err
			}
			time.Sleep(time.Second)
			return mustAsk(t, res, nil), nil
		}
		answer := func(a asked) error {
			_, err := c.Do(t.Context(), call(nil, a.with(`{}`)))
			return err
		}
		var mine [3]asked
		for i := range mine {
			var err error
			if mine[i], err = ask(alice.Subject); err != nil {
				t.Fatal(err)
			}
		}
		if len(c.held) != 2 {
			t.Errorf("%d calls of one person are held, want 2", len(c.held))
		}
		if _, err := ask("dev:bob"); err != nil {
			t.Error(err)
		}
		if _, err := ask("dev:carol"); !errors.Is(err, fault.TooMany) {
			t.Errorf("the fourth of all: %v, want %v", err, fault.TooMany)
		}
		if err := answer(mine[0]); !errors.Is(err, errGone) {
			t.Errorf("the oldest: %v, want %v", err, errGone)
		}
		for _, a := range mine[1:] {
			if err := answer(a); err != nil {
				t.Errorf("a newer one: %v", err)
			}
		}
		c.Close()
	})
}

func TestNotificationsGoToWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			tell := func(n string) {
				if err := peer.Notify(ctx, mcp.NoteProgress, jsontext.Value(`{"progressToken":7,"progress":`+n+`}`)); err != nil {
					t.Error(err)
				}
			}
			tell("1")
			var between sync.WaitGroup
			between.Go(func() {
				time.Sleep(time.Minute)
				tell("2")
			})
			_, err := greet(ctx, req, peer)
			between.Wait()
			tell("3")
			context.AfterFunc(ctx, func() {
				if err := peer.Notify(context.Background(), mcp.NoteMessage, nil); err == nil {
					t.Error("a call that is over told something")
				}
			})
			return says("ok"), err
		}
		first := call(f, "")
		res, err := c.Do(t.Context(), first)
		a := mustAsk(t, res, err)
		time.Sleep(2 * time.Minute)
		second := call(nil, a.with(`{}`))
		second.Request.Params = mcp.WithMeta(second.Request.Params, mcp.MetaProgressToken, jsontext.Value(`"new"`))
		if _, err := c.Do(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{`notifications/progress {"progressToken":7,"progress":1}`, `notifications/progress {"progressToken":"new","progress":3}`} {
			if got := []Call{first, second}[i].Peer.(*listener).notes; len(got) != 1 || got[0] != want {
				t.Errorf("request %d was told %q, want %s", i+1, got, want)
			}
		}
	})
}

func TestTheServerMeetsAnOlderClient(t *testing.T) {
	var got *mcp.Request
	see := func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		got = req
		return says("ok"), nil
	}
	for _, method := range []string{mcp.MethodToolsCall, mcp.MethodComplete} {
		c := call(see, `,"inputResponses":{},"arguments":{"a": 1}`)
		c.Request.Method = method
		if _, err := newCalls().Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if want := `{"name":"t","_meta":{"progressToken":7},"arguments":{"a": 1}}`; string(got.Params) != want || got.Client.Revision != mcp.R20251125 {
			t.Errorf("%s: the server got %s of %s, want %s", method, got.Params, got.Client.Revision, want)
		}
		if c.Request.Client.Revision != mcp.R20260728 {
			t.Error("the client's own request has changed")
		}
	}
	legacy := call(see, "")
	legacy.Request.Client.Revision = mcp.R20250618
	if _, err := newCalls().Do(t.Context(), legacy); err != nil || got != legacy.Request {
		t.Errorf("a client that can be asked: %v", err)
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	_, err := newCalls().Do(t.Context(), call(func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) { panic("the secret") }, ""))
	if !errors.Is(err, fault.Internal) || strings.Contains(mcp.Failure(err).Message, "secret") {
		t.Errorf("err = %v", err)
	}
}

func TestAQuestionMayBeTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalls()
		f := func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
			short, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			if _, err := greet(short, req, peer); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("err = %v", err)
			}
			return says("went on without"), nil
		}
		res, err := c.Do(t.Context(), call(f, ""))
		a := mustAsk(t, res, err)
		time.Sleep(2 * time.Minute)
		if res, err = c.Do(t.Context(), call(nil, a.with(`{}`))); err != nil || string(res.Raw) != `{"said":"went on without"}` {
			t.Errorf("result %s, %v", res.Raw, err)
		}
	})
}
