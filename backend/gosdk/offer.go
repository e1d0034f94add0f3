package gosdk

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/gateway"
	"gatehouse/mcp"
)

// self is the client that lists what a server offers.
var self = &mcp.Client{Revision: mcp.R20251125, Info: jsontext.Value(`{"name":"gatehouse","version":"1"}`)}

// listTimeout is how long a server may take to list what it offers.
const listTimeout = 10 * time.Second

// offer is the catalog of a hosted server, read when somebody asks after it
// has changed. A session of its own stays open to hear of changes.
type offer struct {
	stale chan struct{} // holds one if the snapshot may be wrong

	mu      sync.Mutex
	session *session
	snap    *gateway.Catalog
	closed  bool
}

func newOffer() *offer {
	o := &offer{stale: make(chan struct{}, 1)}
	o.markStale()
	return o
}

// catalog returns the snapshot that stands, and makes one if none does.
func (o *offer) catalog(ctx context.Context, server *sdk.Server) (*gateway.Catalog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, errClosed
	}
	if o.session == nil {
		s, err := open(server, func(string, jsontext.Value) { o.markStale() })
		if err != nil {
			return nil, err
		}
		o.session = s
	}
	select {
	case <-o.stale:
	default:
		return o.snap, nil
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	fresh, err := readOffer(ctx, server)
	if err != nil {
		o.markStale()
		if o.snap != nil {
			return o.snap, nil // the last good one
		}
		return nil, err
	}
	if o.snap == nil || !sameCatalog(o.snap, fresh) {
		o.snap = fresh
	}
	return o.snap, nil
}

func (o *offer) markStale() {
	select {
	case o.stale <- struct{}{}:
	default:
	}
}

func (o *offer) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.session == nil {
		return nil
	}
	return o.session.close()
}

// open makes a session on the host's own behalf. What it initializes with is
// answered by [session.initialize].
func open(server *sdk.Server, changed func(string, jsontext.Value)) (*session, error) {
	s := &session{wire: newWire("")}
	s.wire.changed = changed
	var err error
	s.sdk, err = server.Connect(context.Background(), s.wire, nil)
	return s, err
}

// initialized is what a server says of itself.
type initialized struct {
	Info         jsontext.Value `json:"serverInfo"`
	Capabilities jsontext.Value `json:"capabilities"`
	Instructions string         `json:"instructions"`
}

func (s *session) initialize(ctx context.Context, extra *sdk.RequestExtra) (initialized, error) {
	var in initialized
	params := jsontext.Value(`{"protocolVersion":"` + string(self.Revision) + `","capabilities":{},"clientInfo":` + string(self.Info) + `}`)
	raw, err := s.wire.call(ctx, mcp.MethodInitialize, params, extra)
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(raw, &in)
}

// readOffer asks a server for all that it offers.
func readOffer(ctx context.Context, server *sdk.Server) (*gateway.Catalog, error) {
	s, err := open(server, nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	in, err := s.initialize(ctx, nil)
	if err != nil {
		return nil, err
	}
	c := &gateway.Catalog{Info: in.Info, Capabilities: in.Capabilities, Instructions: in.Instructions}
	for _, list := range []struct {
		capability, method, member, key string
		into                            *[]gateway.Entry
	}{
		{"tools", mcp.MethodToolsList, "tools", "name", &c.Tools},
		{"prompts", mcp.MethodPromptsList, "prompts", "name", &c.Prompts},
		{"resources", mcp.MethodResourcesList, "resources", "uri", &c.Resources},
		{"resources", mcp.MethodTemplatesList, "resourceTemplates", "uriTemplate", &c.Templates},
	} {
		if mcp.Member(in.Capabilities, list.capability) == nil {
			continue
		}
		if *list.into, err = s.pages(ctx, list.method, list.member, list.key); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// pages reads a list to its end.
func (s *session) pages(ctx context.Context, method, member, key string) ([]gateway.Entry, error) {
	var entries []gateway.Entry
	params := jsontext.Value("{}")
	for {
		raw, err := s.wire.call(ctx, method, params, nil)
		if err != nil {
			return nil, err
		}
		var items []jsontext.Value
		if err := json.Unmarshal(mcp.Member(raw, member), &items); err != nil {
			return nil, err
		}
		for _, item := range items {
			entries = append(entries, gateway.Entry{Name: mcp.StringMember(item, key), Raw: item})
		}
		cursor := mcp.Member(raw, "nextCursor")
		if cursor == nil || string(cursor) == `""` {
			return entries, nil
		}
		params = jsontext.Value(`{"cursor":` + string(cursor) + `}`)
	}
}

func sameCatalog(a, b *gateway.Catalog) bool {
	same := func(a, b gateway.Entry) bool { return a.Name == b.Name && bytes.Equal(a.Raw, b.Raw) }
	return bytes.Equal(a.Info, b.Info) && bytes.Equal(a.Capabilities, b.Capabilities) && a.Instructions == b.Instructions &&
		slices.EqualFunc(a.Tools, b.Tools, same) && slices.EqualFunc(a.Prompts, b.Prompts, same) &&
		slices.EqualFunc(a.Resources, b.Resources, same) && slices.EqualFunc(a.Templates, b.Templates, same)
}
