package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/retry"
	"gatehouse/mcp"
)

// feed is one stream of changed lists for all who watch. It stands while
// somebody does.
type feed struct {
	mu       sync.Mutex
	members  map[*news]mcp.Changes
	ready    chan struct{} // closed when the feed stands, or err does; nil if there is none
	cancel   context.CancelFunc
	honoured mcp.Changes
	err      error
}

// join has n hear of changed lists until ctx ends.
func (f *feed) join(ctx context.Context, s *Server, wanted mcp.Changes, n *news) (mcp.Changes, error) {
	if wanted.Empty() {
		return wanted, nil
	}
	ready := f.enter(s, wanted, n)
	leave := context.AfterFunc(ctx, func() { f.leave(n) })
	select {
	case <-ready:
	case <-ctx.Done():
		return mcp.Changes{}, context.Cause(ctx)
	}
	f.mu.Lock()
	got, err := f.honoured, f.err
	f.mu.Unlock()
	got = mcp.Changes{Tools: got.Tools && wanted.Tools, Prompts: got.Prompts && wanted.Prompts, Resources: got.Resources && wanted.Resources}
	if err != nil || got.Empty() {
		leave()
		f.leave(n)
	}
	return got, err
}

func (f *feed) enter(s *Server, wanted mcp.Changes, n *news) (ready chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.members == nil {
		f.members = make(map[*news]mcp.Changes)
	}
	f.members[n] = wanted
	if f.ready != nil {
		return f.ready
	}
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(s.ctx)
	ready = make(chan struct{})
	f.ready = ready
	s.work.Go(func() {
		k := &keeper{server: s, news: f, wanted: mcp.Changes{Tools: true, Prompts: true, Resources: true}}
		k.session = func(ctx context.Context) (*session, error) { return s.sessions.take(ctx, s, owner{}, s.self()) }
		k.again = retry.Sleep
		if s.Dialer != nil {
			// A process that has ended, perhaps because it was idle, is not started
			// to hear of its lists: they are read when somebody uses it.
			k.again = func(ctx context.Context, _ time.Duration) bool { return s.sessions.await(ctx, owner{}) }
		}
		honoured, err := k.start(ctx)
		f.mu.Lock()
		if f.ready == ready {
			f.honoured, f.err = honoured, err
		}
		f.mu.Unlock()
		close(ready)
	})
	return ready
}

// leave takes a member out. With the last one goes the feed.
func (f *feed) leave(n *news) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.members, n)
	if len(f.members) == 0 && f.ready != nil {
		f.cancel()
		f.ready = nil
	}
}

// hear passes a change on to those who want it.
func (f *feed) hear(m *mcp.Message) {
	f.mu.Lock()
	members := maps.Clone(f.members)
	f.mu.Unlock()
	for n, wanted := range members {
		if slices.Contains(lists(wanted), m.Method) {
			n.hear(m)
		}
	}
}
