package client

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// sink is who listens to a session.
type sink struct {
	hear   func(*mcp.Message)
	missed func() // is called when something may not have been heard
}

// changed passes on what the server says to nobody in particular. Of a
// resource hears only who wants to.
func (ss *session) changed(m *mcp.Message) {
	if m.Method != mcp.NoteResourceUpdated {
		for _, k := range ss.listeners() {
			k.hear(m)
		}
		return
	}
	uri := mcp.StringMember(m.Params, "uri")
	for _, k := range ss.subscribers(uri) {
		k.hear(m)
	}
}

// subscribers are those who want to hear of a resource, or of one that it is
// a part of.
func (ss *session) subscribers(uri string) []*sink {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	var all []*sink
	for k, wanted := range ss.sinks {
		if slices.ContainsFunc(wanted, func(of string) bool { return strings.HasPrefix(uri, of) }) {
			all = append(all, k)
		}
	}
	return all
}

func (ss *session) listeners() []*sink {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return slices.Collect(maps.Keys(ss.sinks))
}

// listen has the sink told of changes until ctx ends, and returns those that the
// server tells of. gone is closed when no more come; it is nil if none do.
func (ss *session) listen(ctx context.Context, wanted mcp.Changes, k *sink) (honoured mcp.Changes, gone <-chan struct{}, err error) {
	wanted = ss.announced(wanted)
	if wanted.Empty() {
		return wanted, nil, nil
	}
	if ss.modern {
		return ss.listenModern(ctx, wanted, k.hear)
	}
	gone, err = ss.hearAll(ctx)
	if errors.Is(err, wire.ErrNoStream) {
		return mcp.Changes{}, nil, nil
	}
	if err != nil {
		return mcp.Changes{}, nil, err
	}
	ss.mu.Lock()
	if ss.sinks == nil {
		ss.sinks = make(map[*sink][]string)
	}
	ss.sinks[k] = wanted.URIs
	ss.mu.Unlock()
	uris := wanted.URIs
	wanted.URIs = slices.DeleteFunc(slices.Clone(uris), func(uri string) bool { return !ss.subscribe(ctx, mcp.MethodSubscribe, uri) })
	context.AfterFunc(ctx, func() { ss.unlisten(k, wanted.URIs) })
	return wanted, gone, nil
}

// announced returns those of the changes that the server has said it tells of.
func (ss *session) announced(wanted mcp.Changes) mcp.Changes {
	var can mcp.Changes
	can.Tools = wanted.Tools && ss.about.Flag("tools", "listChanged")
	can.Prompts = wanted.Prompts && ss.about.Flag("prompts", "listChanged")
	can.Resources = wanted.Resources && ss.about.Flag("resources", "listChanged")
	if ss.about.Flag("resources", "subscribe") {
		can.URIs = wanted.URIs
	}
	return can
}

// unlistenTime is how long the server may take to hear that nobody listens.
const unlistenTime = 2 * time.Second

// unlisten takes back what listen did.
func (ss *session) unlisten(k *sink, uris []string) {
	ss.mu.Lock()
	delete(ss.sinks, k)
	ss.mu.Unlock()
	ctx, cancel := context.WithTimeout(ss.ctx, unlistenTime)
	defer cancel()
	for _, uri := range uris {
		ss.subscribe(ctx, mcp.MethodUnsubscribe, uri)
	}
}

// subscribe asks to be told of a resource, or not any more.
func (ss *session) subscribe(ctx context.Context, method, uri string) bool {
	if !ss.counts(method, uri) {
		return true
	}
	_, err := ss.request(ctx, method, mcp.WithMember(nil, "uri", quote(uri)))
	if err != nil && method == mcp.MethodSubscribe {
		ss.counts(mcp.MethodUnsubscribe, uri)
	}
	return err == nil
}

// counts reports whether it is the first to subscribe to a resource, or the
// last to take it back: the server knows only one who does.
func (ss *session) counts(method, uri string) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.subscribed == nil {
		ss.subscribed = make(map[string]int)
	}
	if method == mcp.MethodSubscribe {
		ss.subscribed[uri]++
		return ss.subscribed[uri] == 1
	}
	ss.subscribed[uri]--
	if ss.subscribed[uri] > 0 {
		return false
	}
	delete(ss.subscribed, uri)
	return true
}

// listenModern opens a stream of changes.
func (ss *session) listenModern(ctx context.Context, wanted mcp.Changes, hear func(*mcp.Message)) (mcp.Changes, <-chan struct{}, error) {
	asked, err := json.Marshal(wanted)
	if err != nil {
		return mcp.Changes{}, nil, err
	}
	c := ss.newCall(ctx, mcp.MethodListen)
	c.params = ss.translate(ss.client, mcp.WithMember(nil, "notifications", asked))
	c.Message = mcp.AppendRequest(nil, c.ID, c.Method, c.params)
	first, gone, err := ss.channel.Listen(ctx, &c.Request, func(m *mcp.Message) { hear(withoutSubscription(m)) })
	if err != nil {
		return mcp.Changes{}, nil, err
	}
	if first.Method != mcp.NoteSubscriptionsAcked {
		_, err := outcome(&first)
		return mcp.Changes{}, nil, errors.Join(err, wire.Nonsense("a stream of changes that does not say which"))
	}
	var honoured mcp.Changes
	if err := json.Unmarshal(mcp.Member(first.Params, "notifications"), &honoured); err != nil {
		return mcp.Changes{}, nil, wire.Nonsense("changes that are honoured: %v", err)
	}
	return honoured, gone, nil
}

// withoutSubscription returns a notification without the id of our stream,
// which says nothing to anybody else.
func withoutSubscription(m *mcp.Message) *mcp.Message {
	meta := mcp.Member(m.Params, "_meta")
	if mcp.Member(meta, mcp.MetaSubscription) == nil {
		return m
	}
	plain := *m
	if meta = mcp.WithoutMembers(meta, mcp.MetaSubscription); string(meta) == "{}" {
		plain.Params = mcp.WithoutMembers(m.Params, "_meta")
	} else {
		plain.Params = mcp.WithMember(m.Params, "_meta", meta)
	}
	if string(plain.Params) == "{}" {
		plain.Params = nil
	}
	return &plain
}
