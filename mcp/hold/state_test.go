package hold

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

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
