package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// watcher is somebody who wants to hear of changes.
type watcher struct {
	g      *Gateway
	ctx    context.Context
	who    identity.Principal
	client *mcp.Client
	wants  mcp.Changes
	notify Notify

	news news

	mu    sync.Mutex // guards what follows
	lines map[*line]context.CancelFunc
	told  map[string]time.Time // when it was last told of a list, by the notification
}

// attach watches the backends that it does not watch yet, and returns which
// URIs they honour within the time.
func (w *watcher) attach(cat *catalog, patience time.Duration) []string {
	var mu sync.Mutex
	var honoured []string
	var all sync.WaitGroup
	for i, m := range cat.mounts {
		wanted := w.wants
		wanted.URIs = cat.served(m, w.who, w.wants.URIs)
		if cat.parts[i] == nil || !w.who.Has(m.Scopes...) || wanted.Empty() {
			continue
		}
		ctx, begun := w.begin(m.line)
		if !begun {
			continue
		}
		all.Go(func() {
			got, err := w.watch(ctx, cat.way(m, nil), wanted)
			if err != nil {
				w.end(m.line)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			honoured = union(honoured, got.URIs)
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-w.ctx.Done():
	}
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(honoured)
}

// watch has one backend tell of changes.
func (w *watcher) watch(ctx context.Context, to route, wanted mcp.Changes) (mcp.Changes, error) {
	l := to.mount.line
	if !l.enter() {
		return mcp.Changes{}, to.mount.unavailable("is no longer here.", errGone)
	}
	defer l.leave(w.g.Log)
	got, err := to.mount.Backend.Watch(ctx, w.who, w.client, wanted, w.hears(to, wanted))
	if err != nil && ctx.Err() == nil {
		w.g.Log.Warn("a backend cannot be watched", "backend", l.name, "err", err)
	}
	return got, err
}

// begin takes the watch of a backend, if nobody else has.
func (w *watcher) begin(l *line) (context.Context, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lines[l] != nil {
		return nil, false
	}
	ctx, cancel := context.WithCancel(w.ctx)
	w.lines[l] = cancel
	return ctx, true
}

func (w *watcher) end(l *line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cancel := w.lines[l]; cancel != nil {
		cancel()
		delete(w.lines, l)
	}
}

// follow is told of each new catalog, and what is new in it. It returns at
// once.
func (w *watcher) follow(cat *catalog, changed mcp.Changes) {
	w.mu.Lock()
	for _, note := range []struct {
		method string
		wanted bool
	}{
		{mcp.NoteToolsChanged, w.wants.Tools && changed.Tools},
		{mcp.NotePromptsChanged, w.wants.Prompts && changed.Prompts},
		{mcp.NoteResourcesChanged, w.wants.Resources && changed.Resources},
	} {
		if note.wanted {
			w.tell(note.method)
		}
	}
	for l, cancel := range w.lines {
		if !slices.ContainsFunc(cat.mounts, func(m *mount) bool { return m.line == l }) {
			cancel()
			delete(w.lines, l)
		}
	}
	w.mu.Unlock()
	go w.attach(cat, 0)
}

// tell tells of a list. The caller holds the lock.
func (w *watcher) tell(method string) {
	if w.told == nil {
		w.told = make(map[string]time.Time)
	}
	w.told[method] = time.Now()
	w.news.add(w.ctx, w.notify, note{method, nil})
}

// hears is what a backend notifies.
func (w *watcher) hears(to route, wanted mcp.Changes) Notify {
	ids := w.g.taskIDs(w.who, to)
	return func(method string, params jsontext.Value) {
		switch {
		case method == mcp.NoteToolsChanged, method == mcp.NotePromptsChanged, method == mcp.NoteResourcesChanged:
			if !to.mount.line.news {
				go w.look(to.mount.line, method)
			}
		case about(wanted, method, params):
			w.news.add(w.ctx, w.notify, note{method, slices.Clone(ids.Note(method, params))})
		}
	}
}

// again is how soon a backend may repeat that a list has changed which is the
// same as before.
const again = time.Second

// look is called when a backend says that a list has changed. If nothing of it
// is new, the client hears it all the same, unless it was told just now.
func (w *watcher) look(l *line, method string) {
	w.g.check(w.ctx, l)
	w.g.rebuild() // which tells of what is new
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.told[method]) >= again {
		w.tell(method)
	}
}
