package legacy

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// maxRounds is how often one call may ask the client for input.
const maxRounds = 16

// complete does a request whose result may be that it needs input first. A
// legacy client does not know such a result: it is asked instead, and the
// request done again with its answers (2026-07-28, "Multi Round-Trip
// Requests").
func (h *Handler) complete(ctx context.Context, who identity.Principal, req *mcp.Request, p mcp.Peer) (jsontext.Value, error) {
	params := req.Params
	for range maxRounds {
		res, err := h.Gateway.Call(ctx, who, req, p)
		if err != nil {
			return nil, err
		}
		if !needsInput(res.Raw) {
			return plain(res.Raw), nil
		}
		again := *req
		if again.Params, err = answers(ctx, params, res.Raw, p); err != nil {
			return nil, err
		}
		req = &again
	}
	return nil, &mcp.Error{Code: mcp.CodeInternal, Message: "The server asked for input too many times"}
}

// needsInput reports whether a result is no result yet.
func needsInput(result jsontext.Value) bool {
	return bytes.Contains(result, []byte(`"resultType"`)) &&
		mcp.StringMember(result, "resultType") == "input_required"
}

// answers asks the client for the input that the result wants, and returns the
// params to call again with.
func answers(ctx context.Context, params, result jsontext.Value, p mcp.Peer) (jsontext.Value, error) {
	var wanted map[string]struct {
		Method string         `json:"method"`
		Params jsontext.Value `json:"params"`
	}
	if requests := mcp.Member(result, "inputRequests"); requests != nil {
		if err := json.Unmarshal(requests, &wanted); err != nil {
			return nil, &mcp.Error{Code: mcp.CodeInternal, Message: "The server asked for input in a form that nobody understands", Err: err}
		}
	}
	responses := make(map[string]jsontext.Value, len(wanted))
	for name, request := range wanted {
		answer, err := p.Ask(ctx, request.Method, request.Params)
		if err != nil {
			return nil, err
		}
		responses[name] = answer
	}
	encoded, err := json.Marshal(responses)
	if err != nil {
		return nil, err
	}
	params = mcp.WithMember(params, "inputResponses", encoded)
	if state := mcp.Member(result, "requestState"); state != nil {
		params = mcp.WithMember(params, "requestState", state)
	}
	return params, nil
}

// modernOnly are the members of results that came with the modern revision.
var modernOnly = []string{"resultType", "ttlMs", "cacheScope"}

// plain is a result without what a legacy client does not know.
func plain(result jsontext.Value) jsontext.Value {
	for _, name := range modernOnly {
		if bytes.Contains(result, []byte(`"`+name+`"`)) {
			return mcp.WithoutMembers(result, modernOnly...)
		}
	}
	return result
}
