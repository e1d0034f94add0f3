package hold

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// inputRequired is the result that asks the client, and tells it how to go on.
func (c *Calls) inputRequired(call Call, questions []*question, at state) (mcp.Result, error) {
	sealed, err := c.seal(call, at)
	if err != nil {
		return mcp.Result{}, err
	}
	b := appendQuestions([]byte(`{"resultType":"`+mcp.ResultInputRequired+`","inputRequests":`), questions...)
	b = append(append(b, `,"requestState":"`...), sealed...)
	return mcp.Result{Raw: append(b, `"}`...)}, nil
}

// appendQuestions appends the inputRequests of the questions. Each has params,
// also roots/list that needs none: there are clients that read them unasked.
func appendQuestions(b []byte, questions ...*question) []byte {
	b = append(b, '{')
	for i, q := range questions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), q.name...), `":{"method":`...)
		b, _ = jsontext.AppendQuote(b, q.method)
		b = append(b, `,"params":`...)
		if len(q.params) > 0 {
			b = append(b, q.params...)
		} else {
			b = append(b, `{}`...)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// readAnswers returns the results in the inputResponses of the params, by the
// names of their questions.
func readAnswers(params jsontext.Value) (map[string]jsontext.Value, error) {
	responses := mcp.Member(params, "inputResponses")
	if responses == nil {
		return nil, nil
	}
	var answers map[string]jsontext.Value
	if err := json.Unmarshal(responses, &answers); err != nil {
		return nil, mcp.InvalidParams("The inputResponses must be an object")
	}
	for _, answer := range answers {
		if answer.Kind() != '{' {
			return nil, mcp.InvalidParams("Each of the inputResponses must be an object")
		}
	}
	return answers, nil
}

// older is the request as a client of the newest older revision sends it.
func older(req *mcp.Request) *mcp.Request {
	client := *req.Client
	client.Revision = mcp.R20251125
	params := req.Params
	if mcp.Member(params, "inputResponses") != nil || mcp.Member(params, "requestState") != nil {
		params = mcp.WithoutMembers(params, "inputResponses", "requestState")
	}
	return &mcp.Request{Method: req.Method, Params: mcp.Older(params), Client: &client}
}
