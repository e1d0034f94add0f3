package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// clientInfo is what the doctor says of itself.
const clientInfo = `{"name":"gatehouse-doctor","version":"1"}`

// initialize is the first message of a legacy client.
func initialize() []byte {
	params := `{"protocolVersion":"` + string(mcp.R20251125) + `","capabilities":{},"clientInfo":` + clientInfo + `}`
	return mcp.AppendRequest(nil, "1", mcp.MethodInitialize, jsontext.Value(params))
}

// talk speaks to the server in both ways that there are. One is enough.
func (w *walk) talk(ctx context.Context) bool {
	modern, modernErr := w.talkModern(ctx)
	legacy, legacyErr := w.talkLegacy(ctx)
	if modernErr != nil && legacyErr != nil {
		w.skip("talk, modern", "server/discover: %v", modernErr)
		w.fail("talk, legacy", w.cure(legacyErr), "initialize: %v", legacyErr)
		return false
	}
	w.talked("talk, modern", modern, modernErr)
	w.talked("talk, legacy", legacy, legacyErr)
	return true
}

func (w *walk) talked(step, saw string, err error) {
	if err != nil {
		w.skip(step, "not spoken here: %v", err)
		return
	}
	w.fine(step, "%s", saw)
}

// cure says what to do about a server that does not talk with us.
func (w *walk) cure(err error) string {
	status, _ := errors.AsType[statusError](err)
	switch {
	case status == http.StatusUnauthorized && w.Login:
		return "accept the tokens that your authorization server issues for this resource: compare their audience with " + w.URL + "."
	case status == http.StatusUnauthorized:
		return "use a token that this server accepts; the one given is not valid here."
	case status == http.StatusForbidden:
		return "use a token with the scopes that this server asks for."
	}
	return "let the endpoint answer initialize or server/discover to a client with a token."
}

// talkModern discovers the server and lists its tools, each request on its
// own.
func (w *walk) talkModern(ctx context.Context) (string, error) {
	result, err := w.callModern(ctx, mcp.MethodDiscover)
	if err != nil {
		return "", err
	}
	info := mcp.Member(mcp.Member(result, "_meta"), mcp.MetaServerInfo)
	tools, err := w.callModern(ctx, mcp.MethodToolsList)
	if err != nil {
		return "", fmt.Errorf("tools/list: %w", err)
	}
	return describe(mcp.R20260728, info, tools)
}

func (w *walk) callModern(ctx context.Context, method string) (jsontext.Value, error) {
	meta := `{"` + mcp.MetaRevision + `":"` + string(mcp.R20260728) + `","` + mcp.MetaClientInfo + `":` + clientInfo + `,"` + mcp.MetaCapabilities + `":{}}`
	body := mcp.AppendRequest(nil, "1", method, jsontext.Value(`{"_meta":`+meta+`}`))
	header := http.Header{"Mcp-Protocol-Version": {string(mcp.R20260728)}, "Mcp-Method": {method}}
	result, _, err := w.call(ctx, body, header)
	return result, err
}

// talkLegacy opens a session, lists the tools and ends the session.
func (w *walk) talkLegacy(ctx context.Context) (string, error) {
	result, header, err := w.call(ctx, initialize(), nil)
	if err != nil {
		return "", err
	}
	revision := mcp.Revision(mcp.StringMember(result, "protocolVersion"))
	next := http.Header{"Mcp-Protocol-Version": {string(revision)}}
	if id := header.Get("Mcp-Session-Id"); id != "" {
		next.Set("Mcp-Session-Id", id)
		defer w.ask(ctx, http.MethodDelete, w.URL, w.authorized(next), nil)
	}
	if _, err := w.post(ctx, mcp.AppendRequest(nil, "", mcp.NoteInitialized, nil), w.authorized(next)); err != nil {
		return "", fmt.Errorf("%s: %w", mcp.NoteInitialized, err)
	}
	tools, _, err := w.call(ctx, mcp.AppendRequest(nil, "2", mcp.MethodToolsList, nil), next)
	if err != nil {
		return "", fmt.Errorf("tools/list: %w", err)
	}
	return describe(revision, mcp.Member(result, "serverInfo"), tools)
}

// call makes one JSON-RPC call and returns its result, and the headers that
// came with it.
func (w *walk) call(ctx context.Context, body []byte, header http.Header) (jsontext.Value, http.Header, error) {
	r, err := w.post(ctx, body, w.authorized(header))
	if err != nil {
		return nil, nil, err
	}
	m, err := mcp.Decode(r.body)
	switch {
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return nil, nil, fmt.Errorf("%w%s", statusError(r.status), because(r.header))
	case err == nil && m.Error != nil:
		return nil, nil, fmt.Errorf("answers %d, error %w", r.status, m.Error)
	case r.status >= 300:
		return nil, nil, statusError(r.status)
	case err != nil || !m.IsResponse():
		return nil, nil, errors.New("answers with something else than JSON-RPC")
	}
	return m.Result, r.header, nil
}

// because is what a server says of a token that it refuses (RFC 6750,
// section 3).
func because(h http.Header) string {
	if c, ok := bearer(h); ok && c.params["error_description"] != "" {
		return ": " + c.params["error_description"]
	}
	return ""
}

func (w *walk) authorized(header http.Header) http.Header {
	header = header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	if w.Token != "" {
		header.Set("Authorization", "Bearer "+w.Token)
	}
	return header
}

// describe says who answered and what it offers.
func describe(revision mcp.Revision, info, tools jsontext.Value) (string, error) {
	var list struct {
		Tools []struct {
			Name string `json:"name"`
		} `json:"tools"`
	}
	if err := json.Unmarshal(tools, &list); err != nil {
		return "", fmt.Errorf("the list of tools cannot be read: %w", err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	const most = 8
	if len(names) > most {
		names = append(names[:most], "…")
	}
	name := mcp.StringMember(info, "name")
	if name == "" {
		name = "a server without a name"
	}
	tally := "1 tool"
	if n := len(list.Tools); n != 1 {
		tally = fmt.Sprintf("%d tools", n)
	}
	return fmt.Sprintf("%s at %s, %s: %s", name, revision, tally, strings.Join(names, " ")), nil
}
