package offer

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// Source is a server that is asked what it offers.
type Source struct {
	// Ask does a request and returns its result. It is called concurrently.
	Ask func(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error)

	Most int // bytes of one list
	Log  *slog.Logger
}

// What one list may hold.
const (
	maxPages   = 1000
	maxEntries = 50_000
)

// For how long a list is good, whatever the server says.
const (
	minTTL = time.Second
	maxTTL = time.Hour
)

// list is one of the four, and where it goes.
type list struct {
	capability, method, member, key string
	into                            *[]Entry
	left                            int           // bytes that its entries may still have
	ttl                             time.Duration // 0 if the server does not say
}

// Read asks the server for all that it has. ttl is how long the answer is good,
// or 0 if the server does not say. The failure is that of Ask, or of the kind
// [wire.ErrNonsense] or [wire.ErrTooLarge].
func (s *Source) Read(ctx context.Context, has *About) (o *Offer, ttl time.Duration, err error) {
	o = &Offer{Description: has.Description, Revision: has.Revision}
	lists := []*list{
		{capability: "tools", method: mcp.MethodToolsList, member: "tools", key: "name", into: &o.Tools},
		{capability: "prompts", method: mcp.MethodPromptsList, member: "prompts", key: "name", into: &o.Prompts},
		{capability: "resources", method: mcp.MethodResourcesList, member: "resources", key: "uri", into: &o.Resources},
		{capability: "resources", method: mcp.MethodTemplatesList, member: "resourceTemplates", key: "uriTemplate", into: &o.Templates},
	}
	for _, l := range lists {
		l.left = s.Most // all pages together are no more than one could be
	}
	if err := s.readAll(ctx, has, lists); err != nil {
		return nil, 0, err
	}
	s.check(o)
	if ttl = has.TTL; ttl != 0 {
		ttl = min(max(ttl, minTTL), maxTTL)
	}
	for _, l := range lists {
		if l.ttl > 0 && (ttl == 0 || l.ttl < ttl) {
			ttl = l.ttl
		}
	}
	return o, ttl, nil
}

// readAll reads the lists that the server has.
func (s *Source) readAll(ctx context.Context, has *About, lists []*list) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(lists))
	for i, l := range lists {
		if !has.Can(l.capability) {
			continue
		}
		all.Go(func() {
			if errs[i] = s.readList(ctx, l); errs[i] != nil {
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
func (s *Source) readList(ctx context.Context, l *list) error {
	var params jsontext.Value
	for range maxPages {
		raw, err := s.Ask(ctx, l.method, params)
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
		if ttl := max(time.Duration(min(ms, maxTTL.Milliseconds()))*time.Millisecond, minTTL); l.ttl == 0 || ttl < l.ttl {
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
