package gateway

import (
	"context"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// curious is a backend that asks before it shows a resource whose URI begins
// with its own prefix, and writes down all that it gets.
func curious(prefix, state string) (s *script, got *[]string) {
	got = new([]string)
	s = &script{offers: offer(&Catalog{Capabilities: jsontext.Value(`{"resources":{}}`)})}
	s.does = func(_ context.Context, req *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		*got = append(*got, string(req.Params))
		switch uri := mcp.StringMember(req.Params, "uri"); {
		case !strings.HasPrefix(uri, prefix):
			return mcp.Result{}, resourceNotFound(uri)
		case mcp.Member(req.Params, "inputResponses") == nil:
			return mcp.Result{Raw: jsontext.Value(`{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}}` + state + `}`)}, nil
		}
		return mcp.Result{Raw: jsontext.Value(`{"contents":[]}`)}, nil
	}
	return s, got
}

func TestAnAnswerIsForWhoeverAsked(t *testing.T) {
	const question = `{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}},"requestState":`
	for _, tt := range []struct{ name, state, shown, goesOn string }{
		{"with a state", `,"requestState":"s:1"`, `"b:s:1"`, `{"uri":"b:x","inputResponses":{"q":{"pin":"1234"}},"requestState":"s:1"}`},
		{"without one", ``, `"b:"`, `{"uri":"b:x","inputResponses":{"q":{"pin":"1234"}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, heardA := curious("a:", "")
			b, heardB := curious("b:", tt.state)
			g, _ := newGateway(Mount{Name: "a", Backend: a}, Mount{Name: "b", Backend: b})
			got, err := call(t, g, alice, "resources/read", `{"uri":"b:x"}`)
			if want := question + tt.shown + `}`; got != want || err != nil {
				t.Fatalf("got %s, %v, want %s", got, err, want)
			}
			*heardA, *heardB = nil, nil
			got, err = call(t, g, alice, "resources/read", `{"uri":"b:x","inputResponses":{"q":{"pin":"1234"}},"requestState":`+tt.shown+`}`)
			if got != `{"contents":[]}` || err != nil {
				t.Errorf("got %s, %v", got, err)
			}
			if len(*heardA) > 0 {
				t.Errorf("another backend got %s", *heardA)
			}
			if len(*heardB) != 1 || (*heardB)[0] != tt.goesOn {
				t.Errorf("the backend got %s, want %s", *heardB, tt.goesOn)
			}
			for _, state := range []string{``, `,"requestState":"c:1"`, `,"requestState":1`} {
				if _, err := call(t, g, alice, "resources/read", `{"uri":"b:x","inputResponses":{"q":{"pin":"1234"}}`+state+`}`); mcp.Failure(errorOr(err)).Code != mcp.CodeInvalidParams {
					t.Errorf("answers for nobody with the state %s: %v", state, err)
				}
			}
			if len(*heardA) > 0 {
				t.Errorf("another backend got %s", *heardA)
			}
		})
	}
}

func TestAnAnswerToTheOnlyBackendIsAsItIs(t *testing.T) {
	b, heard := curious("b:", `,"requestState":"s"`)
	g, _ := newGateway(Mount{Name: "b", Backend: b})
	got, err := call(t, g, alice, "resources/read", `{"uri":"b:x"}`)
	if err != nil || !strings.Contains(got, `"requestState":"s"`) {
		t.Errorf("got %s, %v", got, err)
	}
	const params = `{"uri":"b:x","inputResponses":{},"requestState":"s"}`
	if _, err := call(t, g, alice, "resources/read", params); err != nil || (*heard)[1] != params {
		t.Errorf("the backend got %s, %v", *heard, err)
	}
}
