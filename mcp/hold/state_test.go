package hold

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

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

func TestAStateIsNeverTheSameTwice(t *testing.T) {
	c, of := newCalls(), call(nil, "")
	s := state{Call: "c1", Round: 1, Expires: time.Now().Add(time.Hour).Unix()}
	one, err := c.seal(of, s)
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := c.seal(of, s); one == other {
		t.Error("two seals of one state are the same")
	}
	if got, err := c.open(of, jsontext.Value(`"`+one+`"`)); err != nil || got != s {
		t.Errorf("open = %+v, %v, want %+v", got, err, s)
	}
}

// FuzzOpen checks that a client can make up no state: what is not word for
// word what it was given does not open.
func FuzzOpen(f *testing.F) {
	c, of := newCalls(), call(nil, "")
	given, err := c.seal(of, state{Call: "c1", Round: 1, Expires: time.Now().Add(time.Hour).Unix()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(given, `{}`)
	f.Add(given[:len(given)-1], `{"a":1}`)
	f.Add(given+"A", `[]`)
	f.Add("", ``)
	f.Fuzz(func(t *testing.T, text, arguments string) {
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			return
		}
		s, err := c.open(of, quoted)
		if err == nil && (text != given || s.Call != "c1") {
			t.Errorf("%q opened as %+v", text, s)
		}
		if err != nil && mcp.Failure(err).Code != mcp.CodeInvalidParams {
			t.Errorf("open = %v", err)
		}
		changed := call(nil, "")
		changed.Request.Params = jsontext.Value(`{"name":"t","arguments":` + arguments + `}`)
		if _, err := c.open(changed, jsontext.Value(`"`+given+`"`)); err == nil {
			t.Errorf("a state of a call without arguments opened for arguments %q", arguments)
		}
	})
}

// FuzzReadAnswers checks that what is taken for an answer is an object.
func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte(`{"question-1":{"action":"accept"}}`))
	f.Add([]byte(`{"a":1}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, responses []byte) {
		if !jsontext.Value(responses).IsValid() {
			return // the edge has refused it
		}
		answers, err := readAnswers(mcp.WithMember(nil, "inputResponses", responses))
		if err != nil && mcp.Failure(err).Code != mcp.CodeInvalidParams {
			t.Errorf("readAnswers = %v", err)
		}
		for name, answer := range answers {
			if answer.Kind() != '{' || !answer.IsValid() {
				t.Errorf("the answer to %q is %s", name, answer)
			}
		}
	})
}
