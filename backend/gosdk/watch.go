package gosdk

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/gateway"
	"gatehouse/identity"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

// Watch implements [gateway.Backend]. Each watch has a session of its own,
// which the server tells of changes as it tells any legacy client: this works
// whichever revisions the server was restricted to.
func (b *Server) Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify gateway.Notify) (mcp.Changes, error) {
	heard := newNews()
	s, err := open(b.server, b.listener(changes, heard))
	if err != nil {
		return mcp.Changes{}, err
	}
	extra := wireExtra(&running.Call{Backend: b.name, Who: who, Client: client, Peer: nobody{}})
	honoured, err := s.subscribe(ctx, changes, extra)
	if err != nil || honoured.Empty() {
		return mcp.Changes{}, errors.Join(err, s.close())
	}
	go heard.tell(ctx, s.wire.done, notify)
	context.AfterFunc(ctx, func() { s.unsubscribe(ctx, honoured.URIs, extra) })
	return honoured, nil
}

// subscribe asks for the changes that the server can tell of.
func (s *session) subscribe(ctx context.Context, changes mcp.Changes, extra *sdk.RequestExtra) (honoured mcp.Changes, err error) {
	in, err := s.initialize(ctx, extra)
	if err != nil {
		return honoured, err
	}
	can, err := in.changes()
	if err != nil {
		return honoured, err
	}
	honoured.Tools = changes.Tools && can.Tools.ListChanged
	honoured.Prompts = changes.Prompts && can.Prompts.ListChanged
	honoured.Resources = changes.Resources && can.Resources.ListChanged
	if !can.Resources.Subscribe {
		return honoured, nil
	}
	for _, uri := range changes.URIs {
		if _, err := s.wire.call(ctx, mcp.MethodSubscribe, uriParams(uri), extra); err == nil {
			honoured.URIs = append(honoured.URIs, uri)
		}
	}
	return honoured, nil
}

// unsubscribe takes back each subscription, for a server may count them, and
// ends the session.
func (s *session) unsubscribe(ctx context.Context, uris []string, extra *sdk.RequestExtra) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
	defer cancel()
	for _, uri := range uris {
		_, _ = s.wire.call(last, mcp.MethodUnsubscribe, uriParams(uri), extra)
	}
	_ = s.close()
}

// listener keeps what was asked for. The server's _meta belongs to the host's
// session with it, and goes no further.
func (b *Server) listener(changes mcp.Changes, heard *news) func(string, jsontext.Value) {
	wanted := map[string]bool{
		mcp.NoteToolsChanged:     changes.Tools,
		mcp.NotePromptsChanged:   changes.Prompts,
		mcp.NoteResourcesChanged: changes.Resources,
	}
	return func(method string, params jsontext.Value) {
		if method == mcp.NoteResourceUpdated {
			heard.add(change{method, mcp.StringMember(params, "uri")})
			return
		}
		b.offer.markStale() // whoever hears of it finds the new list
		if wanted[method] {
			heard.add(change{method, ""})
		}
	}
}

func uriParams(uri string) jsontext.Value { return member("uri", uri) }

// member is an object with one text in it.
func member(name, text string) jsontext.Value {
	b := append(append([]byte(`{"`), name...), `":`...)
	b, _ = jsontext.AppendQuote(b, text) // what is no UTF-8 it replaces
	return append(b, '}')
}

// announced is what a server's capabilities say of changes.
type announced struct {
	Tools     announcement `json:"tools"`
	Prompts   announcement `json:"prompts"`
	Resources announcement `json:"resources"`
}

type announcement struct {
	ListChanged bool `json:"listChanged"`
	Subscribe   bool `json:"subscribe"`
}

func (in initialized) changes() (announced, error) {
	var a announced
	err := json.Unmarshal(in.Capabilities, &a)
	return a, err
}

// nobody is the peer of a watch. A server that wants to ask somebody must do
// so in a call.
type nobody struct{}

func (nobody) Notify(context.Context, string, jsontext.Value) error { return nil }

func (nobody) Ask(context.Context, string, jsontext.Value) (jsontext.Value, error) {
	return nil, mcp.ErrCannotAsk
}
