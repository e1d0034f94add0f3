package client

import (
	"context"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/retry"
	"gatehouse/mcp"
)

// keeper has a session listen for as long as somebody wants to hear.
type keeper struct {
	server  *Server
	session func(context.Context) (*session, error)
	wanted  mcp.Changes
	news    interface{ hear(*mcp.Message) }

	// again waits until listening is worth another try, for the time given or
	// another, and is false if ctx ends before.
	again func(ctx context.Context, pause time.Duration) bool

	mu      sync.Mutex
	changed []mcp.Message // lists that were said to have changed, and are not told of yet
	looking bool          // somebody looks at them
}

// start listens, and goes on with it until ctx ends.
func (k *keeper) start(ctx context.Context) (mcp.Changes, error) {
	honoured, gone, done, err := k.listen(ctx)
	if err != nil || gone == nil {
		return mcp.Changes{}, err
	}
	k.server.work.Go(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(k.server.ctx, cancel)()
		k.goOn(ctx, gone, done)
	})
	return honoured, nil
}

// listen listens once. The session is kept until done is called.
func (k *keeper) listen(ctx context.Context) (honoured mcp.Changes, gone <-chan struct{}, done func(), err error) {
	ss, err := k.session(ctx)
	if err != nil {
		return honoured, nil, nil, err
	}
	done = func() { k.server.sessions.put(ss) }
	honoured, gone, err = ss.listen(ctx, k.wanted, k.sink())
	if err != nil || gone == nil {
		done()
	}
	return honoured, gone, done, err
}

// goOn listens again whenever it breaks off.
func (k *keeper) goOn(ctx context.Context, gone <-chan struct{}, done func()) {
	for pace := (retry.Pace{}); ; {
		select {
		case <-gone:
			done()
		case <-ctx.Done():
			done()
			return
		}
		for gone = nil; gone == nil; {
			if !k.again(ctx, pace.Next()) {
				return
			}
			var err error
			if _, gone, done, err = k.listen(ctx); err == nil && gone == nil {
				return // it tells of nothing any more
			}
		}
		pace = retry.Pace{}
		k.missed()
	}
}

func (k *keeper) sink() *sink { return &sink{k.hear, k.missed} }

func (k *keeper) hear(m *mcp.Message) {
	switch m.Method {
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged:
		k.server.offer.invalidate()
		k.look(m)
	default:
		k.news.hear(m)
	}
}

// look has those who listen hear of a changed list once it was read, so that
// they find the new one. One who looks is enough, however often a server says
// that a list has changed.
func (k *keeper) look(m *mcp.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.ContainsFunc(k.changed, func(c mcp.Message) bool { return c.Method == m.Method }) {
		k.changed = append(k.changed, m.Clone())
	}
	if k.looking {
		return
	}
	k.looking = true
	k.server.work.Go(func() {
		for changed := k.take(); changed != nil; changed = k.take() {
			ctx, cancel := context.WithTimeout(k.server.ctx, settleTime)
			k.server.offer.settle(ctx, k.server)
			cancel()
			for i := range changed {
				k.news.hear(&changed[i])
			}
		}
	})
}

// take returns what is to be told, or nil if nobody need look any more.
func (k *keeper) take() []mcp.Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	changed := k.changed
	k.changed, k.looking = nil, changed != nil
	return changed
}

// settleTime is how long the news of a list waits for the list.
const settleTime = 10 * time.Second

// missed tells of what may have changed while nobody listened: of the lists if
// they have, and of each resource.
func (k *keeper) missed() {
	for _, uri := range k.wanted.URIs {
		k.hear(&mcp.Message{Method: mcp.NoteResourceUpdated, Params: mcp.WithMember(nil, "uri", quote(uri))})
	}
	before := k.server.offer.newest.Load()
	k.server.offer.invalidate()
	k.server.work.Go(func() {
		ctx, cancel := context.WithTimeout(k.server.ctx, settleTime)
		defer cancel()
		k.server.offer.settle(ctx, k.server)
		if now := k.server.offer.newest.Load(); before != nil && now.Offer == before.Offer {
			return
		}
		for _, list := range lists(k.wanted) {
			k.news.hear(&mcp.Message{Method: list})
		}
	})
}

// lists are the notifications of those lists that are among the changes.
func lists(of mcp.Changes) []string {
	var methods []string
	if of.Tools {
		methods = append(methods, mcp.NoteToolsChanged)
	}
	if of.Prompts {
		methods = append(methods, mcp.NotePromptsChanged)
	}
	if of.Resources {
		methods = append(methods, mcp.NoteResourcesChanged)
	}
	return methods
}
