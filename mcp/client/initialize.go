package client

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// initialize does the handshake of the revisions with sessions, as the client
// whose session it is.
func (ss *session) initialize(ctx context.Context) error {
	revision := mcp.R20251125
	if r := ss.server.Revision; r != "" && !r.Modern() {
		revision = r
	}
	params, err := json.Marshal(struct {
		Revision     mcp.Revision   `json:"protocolVersion"`
		Capabilities jsontext.Value `json:"capabilities"`
		Info         jsontext.Value `json:"clientInfo"`
	}{revision, orEmpty(ss.client.Capabilities), named(ss.client.Info)})
	if err != nil {
		return err
	}
	result, err := ss.request(ctx, mcp.MethodInitialize, params)
	if err != nil {
		return err
	}
	if ss.about, err = readWelcome(result); err != nil {
		return err
	}
	if ss.about.revision >= mcp.R20250618 {
		ss.about.header = []string{string(ss.about.revision)}
	}
	return ss.channel.send(ctx, mcp.AppendRequest(nil, "", mcp.NoteInitialized, nil))
}

func orEmpty(object jsontext.Value) jsontext.Value {
	if len(object) == 0 {
		return jsontext.Value(`{}`)
	}
	return object
}

// named is the info of a client, which a server of an older revision insists
// on.
func named(info jsontext.Value) jsontext.Value {
	if mcp.StringMember(info, "name") == "" {
		return jsontext.Value(`{"name":"unknown","version":"0"}`)
	}
	return info
}

// canBeAsked reports whether the server may ask the client of the session.
func (ss *session) canBeAsked() bool {
	for _, name := range []string{"sampling", "elicitation", "roots"} {
		if mcp.Member(ss.client.Capabilities, name) != nil {
			return true
		}
	}
	return false
}
