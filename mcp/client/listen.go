package client

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/events"
	"gatehouse/mcp"
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

// missed is called when something may not have been heard.
func (ss *session) missed() {
	for _, k := range ss.listeners() {
		k.missed()
	}
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
	if errors.Is(err, errNoStream) {
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
	can.Tools = wanted.Tools && ss.about.flag("tools", "listChanged")
	can.Prompts = wanted.Prompts && ss.about.flag("prompts", "listChanged")
	can.Resources = wanted.Resources && ss.about.flag("resources", "listChanged")
	if ss.about.flag("resources", "subscribe") {
		can.URIs = wanted.URIs
	}
	return can
}

// unlisten takes back what listen did.
func (ss *session) unlisten(k *sink, uris []string) {
	ss.mu.Lock()
	delete(ss.sinks, k)
	ss.mu.Unlock()
	ctx, cancel := context.WithTimeout(ss.ctx, closeTime)
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
	c := &call{ctx: ctx, id: ss.nextID(), method: mcp.MethodListen}
	c.params = ss.translate(ss.client, mcp.WithMember(nil, "notifications", asked))
	c.message = mcp.AppendRequest(nil, c.id, c.method, c.params)
	first, gone, err := ss.channel.listen(ctx, c, hear)
	if err != nil {
		return mcp.Changes{}, nil, err
	}
	if first.Method != mcp.NoteSubscriptionsAcked {
		_, err := outcome(&first)
		return mcp.Changes{}, nil, errors.Join(err, nonsense("a stream of changes that does not say which"))
	}
	var honoured mcp.Changes
	if err := json.Unmarshal(mcp.Member(first.Params, "notifications"), &honoured); err != nil {
		return mcp.Changes{}, nil, nonsense("changes that are honoured: %v", err)
	}
	return honoured, gone, nil
}

// ackTime is how long a server may take to say which changes it will tell of.
const ackTime = 10 * time.Second

// listen implements [channel].
func (h *stream) listen(ctx context.Context, c *call, hear func(*mcp.Message)) (mcp.Message, <-chan struct{}, error) {
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(ackTime, cancel)
	first, from, body, err := h.begin(ctx, c)
	if !late.Stop() && err == nil {
		err = context.DeadlineExceeded
	}
	if err != nil || first.IsResponse() {
		cancel()
		if body != nil {
			body.Close()
		}
		return first, nil, err
	}
	gone := make(chan struct{})
	h.session.server.work.Go(func() {
		defer close(gone)
		defer cancel()
		defer body.Close()
		stop := context.AfterFunc(h.session.ctx, cancel)
		defer stop()
		h.tellAll(c, from, hear)
	})
	return first, gone, nil
}

// begin sends the request and reads the first message of its answer.
func (h *stream) begin(ctx context.Context, c *call) (first mcp.Message, from *events.Reader, body io.Closer, err error) {
	r, err := h.at.post(ctx, h.headers(c), c.message)
	if err != nil {
		return first, nil, nil, err
	}
	if r.StatusCode != http.StatusOK || kindOf(r) != typeEvents {
		first, err = h.answer(ctx, c, r)
		return first, nil, r.Body, err
	}
	from = &events.Reader{From: r.Body, Most: h.at.most}
	for {
		ev, err := from.Next()
		if err != nil {
			return first, nil, r.Body, err
		}
		if messages, err := decode(ev.Data); err == nil {
			return keep(&messages[0]), from, r.Body, nil
		}
	}
}

// tellAll passes on what comes until the stream ends.
func (h *stream) tellAll(c *call, from *events.Reader, hear func(*mcp.Message)) {
	for {
		ev, err := from.Next()
		if err != nil {
			return
		}
		messages, err := decode(ev.Data)
		if err != nil {
			continue
		}
		for i := range messages {
			if answers(&messages[i], c.id) {
				return
			}
			if messages[i].IsNotification() {
				hear(withoutSubscription(&messages[i]))
			}
		}
	}
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
	if jsontext.Value(plain.Params).Kind() == '{' && string(plain.Params) == "{}" {
		plain.Params = nil
	}
	return &plain
}
