package client

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/offer"
)

// probeTime is how long a server may take to answer server/discover. One of an
// older revision may not answer at all.
const probeTime = 5 * time.Second

// discover asks a server whether it is a modern one.
func (ss *session) discover(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	ss.modern, ss.about = true, offer.About{Revision: mcp.R20260728}
	ss.channel.Speak(mcp.R20260728)
	result, err := ss.request(ctx, mcp.MethodDiscover, nil)
	if err == nil {
		ss.about, err = offer.Discovery(result)
	}
	if err != nil {
		ss.modern, ss.about = false, offer.About{}
		return err
	}
	ss.channel.Speak(ss.about.Revision)
	return nil
}

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
	if ss.about, err = offer.Welcome(result); err != nil {
		return err
	}
	ss.channel.Speak(ss.about.Revision)
	return ss.channel.Send(ctx, mcp.AppendRequest(nil, "", mcp.NoteInitialized, nil))
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
