package client

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// What one list may hold.
const (
	maxPages   = 1000
	maxEntries = 50_000
	maxEntry   = 1 << 20 // bytes
)

// list is one of the four, and where it goes.
type list struct {
	capability, method, member, key string
	into                            *[]Entry
	left                            int           // bytes that its entries may still have
	ttl                             time.Duration // 0 if the server does not say
}

// readOffer asks the server for all that it offers, the lists side by side.
func (s *Server) readOffer(ctx context.Context) (*dated, error) {
	ss, last, err := s.host(ctx)
	if ss == nil {
		return last, err
	}
	doubts := s.offer.doubts.Load()
	defer s.sessions.putUnused(ss)
	about, err := ss.describe(ctx)
	if err != nil {
		s.mend(ctx, ss, err)
		return nil, err
	}
	o := &Offer{Description: about.Description, Revision: about.revision}
	lists := []*list{
		{capability: "tools", method: mcp.MethodToolsList, member: "tools", key: "name", into: &o.Tools},
		{capability: "prompts", method: mcp.MethodPromptsList, member: "prompts", key: "name", into: &o.Prompts},
		{capability: "resources", method: mcp.MethodResourcesList, member: "resources", key: "uri", into: &o.Resources},
		{capability: "resources", method: mcp.MethodTemplatesList, member: "resourceTemplates", key: "uriTemplate", into: &o.Templates},
	}
	for _, l := range lists {
		l.left = s.MaxMessage // all pages together are no more than one could be
	}
	if err := ss.readAll(ctx, &about, lists); err != nil {
		s.mend(ctx, ss, err)
		return nil, err
	}
	s.check(o)
	ttl := about.ttl
	for _, l := range lists {
		if l.ttl > 0 && (ttl == 0 || l.ttl < ttl) {
			ttl = l.ttl
		}
	}
	if ttl == 0 {
		ttl = s.TTL
	}
	return &dated{Offer: o, doubts: doubts, ttl: min(max(ttl, leastTTL), mostTTL)}, nil
}

// host returns the host's own session. A process that has ended is not started
// to be asked what it offers: it has not changed since last.
func (s *Server) host(ctx context.Context) (ss *session, last *dated, err error) {
	newest := s.offer.newest.Load()
	if s.Dialer == nil || newest == nil {
		ss, err = s.sessions.take(ctx, s, "", s.self())
		return ss, nil, err
	}
	if ss = s.sessions.find(""); ss != nil {
		return ss, nil, nil
	}
	last = new(*newest)
	last.doubts = s.offer.doubts.Load()
	return nil, last, nil
}

// describe returns what the server says of itself. A modern one may say
// something new each time.
func (ss *session) describe(ctx context.Context) (about, error) {
	if !ss.modern {
		return ss.about, nil
	}
	result, err := ss.request(ctx, mcp.MethodDiscover, nil)
	if err != nil {
		return about{}, err
	}
	return readDiscovery(result)
}

// readAll reads the lists that the server has.
func (ss *session) readAll(ctx context.Context, has *about, lists []*list) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(lists))
	for i, l := range lists {
		if !has.can(l.capability) {
			continue
		}
		all.Go(func() {
			if errs[i] = ss.readList(ctx, l); errs[i] != nil {
				cancel() // the others are of no use without it
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(errs...)
}

// readList reads a list to its end.
func (ss *session) readList(ctx context.Context, l *list) error {
	var params jsontext.Value
	for range maxPages {
		raw, err := ss.request(ctx, l.method, params)
		if e, ok := errors.AsType[*mcp.Error](err); ok && e.Code == mcp.CodeMethodNotFound {
			return nil // announced, but there is none
		}
		if err != nil {
			return err
		}
		if err := l.add(raw); err != nil {
			return err
		}
		cursor := mcp.Member(raw, "nextCursor")
		if cursor.Kind() != '"' || string(cursor) == `""` {
			return nil
		}
		next := mcp.WithMember(nil, "cursor", cursor)
		if bytes.Equal(next, params) {
			return wire.Nonsense("%s has the same page again", l.method)
		}
		params = next
	}
	return wire.Nonsense("%s has too many pages", l.method)
}

// add takes the entries of a page.
func (l *list) add(page jsontext.Value) error {
	if ms, err := strconv.ParseInt(string(mcp.Member(page, "ttlMs")), 10, 64); err == nil && ms >= 0 {
		if ttl := max(time.Duration(min(ms, mostTTL.Milliseconds()))*time.Millisecond, leastTTL); l.ttl == 0 || ttl < l.ttl {
			l.ttl = ttl
		}
	}
	var items []jsontext.Value
	if err := json.Unmarshal(orNull(mcp.Member(page, l.member)), &items); err != nil {
		return wire.Nonsense("%s: %v", l.method, err)
	}
	if len(*l.into)+len(items) > maxEntries {
		return wire.Nonsense("%s has too many entries", l.method)
	}
	for _, item := range items {
		if l.left -= len(item); l.left < 0 {
			return wire.ErrTooLarge
		}
		*l.into = append(*l.into, Entry{Name: mcp.StringMember(item, l.key), Raw: item})
	}
	return nil
}

func orNull(v jsontext.Value) jsontext.Value {
	if v == nil {
		return jsontext.Value("null")
	}
	return v
}

// check leaves out what cannot be offered to clients, and says so.
func (s *Server) check(o *Offer) {
	o.params = make(map[string][]mcp.ParamHeader)
	o.Tools = s.kept("tool", o.Tools, func(e Entry) string {
		schema := mcp.Member(e.Raw, "inputSchema")
		if schema.Kind() != '{' || mcp.StringMember(schema, "type") != "object" {
			return "its inputSchema is not that of an object"
		}
		return ""
	})
	fine := func(Entry) string { return "" }
	o.Prompts = s.kept("prompt", o.Prompts, fine)
	o.Resources = s.kept("resource", o.Resources, fine)
	o.Templates = s.kept("resource template", o.Templates, fine)
	for _, e := range o.Tools {
		if headers := mcp.ParamHeaders(mcp.Member(e.Raw, "inputSchema")); headers != nil {
			o.params[e.Name] = headers
		}
	}
}

// kept returns the entries that nothing is wrong with.
func (s *Server) kept(what string, entries []Entry, wrong func(Entry) string) []Entry {
	seen := make(map[string]bool, len(entries))
	return slices.DeleteFunc(entries, func(e Entry) bool {
		why := ""
		switch {
		case e.Name == "":
			why = "it has no name"
		case seen[e.Name]:
			why = "its name stands twice"
		case len(e.Raw) > maxEntry:
			why = "it is too large"
		default:
			why = wrong(e)
		}
		if why != "" {
			s.Log.Warn("left out of what a backend offers", "backend", s.Name, "kind", what, "name", e.Name, "why", why)
		}
		seen[e.Name] = true
		return why != ""
	})
}

// same reports whether two offers have the same content.
func (o *Offer) same(p *Offer) bool {
	same := func(a, b Entry) bool { return a.Name == b.Name && bytes.Equal(a.Raw, b.Raw) }
	return bytes.Equal(o.Info, p.Info) && bytes.Equal(o.Capabilities, p.Capabilities) &&
		o.Instructions == p.Instructions && o.Revision == p.Revision &&
		slices.EqualFunc(o.Tools, p.Tools, same) && slices.EqualFunc(o.Prompts, p.Prompts, same) &&
		slices.EqualFunc(o.Resources, p.Resources, same) && slices.EqualFunc(o.Templates, p.Templates, same)
}
