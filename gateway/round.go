package gateway

import (
	"bytes"
	"strings"

	"gatehouse/mcp"
)

// A backend may ask the client for input, and be called again with the answers
// (2026-07-28, "Multi Round-Trip Requests"). Where nothing in a request says
// which backend serves it, the requestState does then: what a person has
// answered to one backend is for no other.

// stateMark stands between a mount and its requestState.
const stateMark = ":"

// goesOn finds whom a request goes on with that several may serve. All others
// are asked in turn.
func goesOn(req *mcp.Request, to route, others []route) (*mcp.Request, route, []route, error) {
	state := mcp.Member(req.Params, "requestState")
	if len(others) == 0 || state == nil && mcp.Member(req.Params, "inputResponses") == nil {
		return req, to, others, nil
	}
	name, own, _ := strings.Cut(mcp.StringMember(req.Params, "requestState"), stateMark)
	for _, r := range append([]route{to}, others...) {
		if r.mount.Name != name {
			continue
		}
		next := *req
		if next.Params = mcp.WithString(req.Params, "requestState", own); own == "" {
			next.Params = mcp.WithoutMembers(req.Params, "requestState")
		}
		r.guessed = true
		return &next, r, nil, nil
	}
	return nil, route{}, nil, mcp.InvalidParams("The requestState is none of this server. Call again from the beginning, without requestState and inputResponses.")
}

// asking is a result with the mount in front of its requestState, if it asks
// for input.
func (r route) asking(res mcp.Result) mcp.Result {
	if !r.guessed || !bytes.Contains(res.Raw, []byte(mcp.ResultInputRequired)) || mcp.StringMember(res.Raw, "resultType") != mcp.ResultInputRequired {
		return res
	}
	if state := mcp.Member(res.Raw, "requestState"); state == nil || state.Kind() == '"' {
		res.Raw = mcp.WithString(res.Raw, "requestState", r.mount.Name+stateMark+mcp.StringMember(res.Raw, "requestState"))
	}
	return res
}
