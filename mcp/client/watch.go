package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Watch calls notify with the notifications of those changes until ctx ends.
// It returns once the watch stands, with the subset that the server tells of.
// A watch that breaks off is renewed; what may have been missed is told.
func (s *Server) Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify func(method string, params jsontext.Value)) (mcp.Changes, error) {
	n := newNews()
	lists := changes
	lists.URIs = nil
	honoured, err := s.feed.join(ctx, s, lists, n)
	if err != nil {
		return mcp.Changes{}, s.failure(ctx, err)
	}
	if len(changes.URIs) > 0 {
		k := &keeper{server: s, news: n, wanted: mcp.Changes{URIs: changes.URIs}}
		k.session = func(ctx context.Context) (*session, error) { return s.session(ctx, who, client) }
		got, err := k.start(ctx)
		if err != nil {
			return mcp.Changes{}, s.failure(ctx, err)
		}
		honoured.URIs = got.URIs
	}
	if !honoured.Empty() {
		s.work.Go(func() { n.tell(ctx, s.ctx, notify) })
	}
	return honoured, nil
}

// keeper has a session listen for as long as somebody wants to hear.
type keeper struct {
	server  *Server
	session func(context.Context) (*session, error)
	wanted  mcp.Changes
	news    interface{ hear(*mcp.Message) }
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
	honoured, gone, err = ss.listen(ctx, k.wanted, k.hear)
	if err != nil || gone == nil {
		done()
	}
	return honoured, gone, done, err
}

// goOn listens again whenever it breaks off.
func (k *keeper) goOn(ctx context.Context, gone <-chan struct{}, done func()) {
	for wait := (backoff{}); ; {
		select {
		case <-gone:
			done()
		case <-ctx.Done():
			done()
			return
		}
		for gone = nil; gone == nil; {
			if !sleep(ctx, wait.next()) {
				return
			}
			var err error
			if _, gone, done, err = k.listen(ctx); err == nil && gone == nil {
				return // it tells of nothing any more
			}
		}
		wait = backoff{}
		k.missed()
	}
}

func (k *keeper) hear(m *mcp.Message) {
	switch m.Method {
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged:
		k.server.offer.invalidate()
		kept := keep(m)
		k.server.work.Go(func() { // whoever hears of it finds the new list
			ctx, cancel := context.WithTimeout(k.server.ctx, settleTime)
			defer cancel()
			k.server.offer.settle(ctx, k.server)
			k.news.hear(&kept)
		})
	default:
		k.news.hear(m)
	}
}

// settleTime is how long the news of a list waits for the list.
const settleTime = 10 * time.Second

// missed tells of all that may have changed while nobody listened.
func (k *keeper) missed() {
	for method, wanted := range map[string]bool{
		mcp.NoteToolsChanged:     k.wanted.Tools,
		mcp.NotePromptsChanged:   k.wanted.Prompts,
		mcp.NoteResourcesChanged: k.wanted.Resources,
	} {
		if wanted {
			k.hear(&mcp.Message{Method: method})
		}
	}
	for _, uri := range k.wanted.URIs {
		k.hear(&mcp.Message{Method: mcp.NoteResourceUpdated, Params: mcp.WithMember(nil, "uri", quote(uri))})
	}
}

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
		k.session = func(ctx context.Context) (*session, error) { return s.sessions.take(ctx, s, "", s.self()) }
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
		switch m.Method {
		case mcp.NoteToolsChanged:
			if !wanted.Tools {
				continue
			}
		case mcp.NotePromptsChanged:
			if !wanted.Prompts {
				continue
			}
		case mcp.NoteResourcesChanged:
			if !wanted.Resources {
				continue
			}
		default:
			continue
		}
		n.hear(m)
	}
}

// news is what one who watches has not been told yet. Of what has happened
// several times he is told once.
type news struct {
	ready chan struct{} // holds one if there is any

	mu      sync.Mutex
	waiting []mcp.Message
}

// maxNews is how many notifications wait for who reads slowly.
const maxNews = 1024

func newNews() *news { return &news{ready: make(chan struct{}, 1)} }

func (n *news) hear(m *mcp.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	same := func(w mcp.Message) bool { return w.Method == m.Method && string(w.Params) == string(m.Params) }
	if len(n.waiting) >= maxNews || slices.ContainsFunc(n.waiting, same) {
		return
	}
	n.waiting = append(n.waiting, keep(m))
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

func (n *news) take() []mcp.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	waiting := n.waiting
	n.waiting = nil
	return waiting
}

// tell passes the news on until one of the contexts ends.
func (n *news) tell(ctx, server context.Context, notify func(string, jsontext.Value)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-server.Done():
			return
		case <-n.ready:
		}
		for _, m := range n.take() {
			if ctx.Err() != nil {
				return
			}
			notify(m.Method, m.Params)
		}
	}
}
