package legacy

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// watchGrace is how long the watch goes on for a client that lost its stream
// and may come back to it.
const watchGrace = 30 * time.Second

// watchTime is how long a watch may take until it stands.
const watchTime = 30 * time.Second

// watch is what a session hears of while a stream of it is open: the lists,
// and the resources it subscribed to.
type watch struct {
	mu     sync.Mutex
	over   bool
	who    identity.Principal // who opened the stream
	cancel context.CancelFunc // nil if nothing is watched
	grace  *time.Timer        // runs while no stream is open
}

// startWatch watches for a stream that who opened.
func (h *Handler) startWatch(c *conn, who identity.Principal) error {
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.grace != nil {
		w.grace.Stop()
		w.grace = nil
	}
	w.who = who
	if w.over || w.cancel != nil {
		return nil
	}
	return h.renewWatch(c)
}

// rewatch watches what the session is subscribed to now, if a stream is open.
func (h *Handler) rewatch(c *conn) error {
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	if c.watch.cancel == nil {
		return nil
	}
	return h.renewWatch(c)
}

// renewWatch begins a new watch and ends the old one after it, so that nothing
// is missed between them.
func (h *Handler) renewWatch(c *conn) error {
	ctx, cancel := context.WithCancel(context.Background())
	changes := mcp.Changes{Tools: true, Prompts: true, Resources: true, URIs: c.session.Subscriptions()}
	notify := func(method string, params jsontext.Value) {
		if ctx.Err() == nil {
			c.main.send(mcp.AppendRequest(nil, "", method, params))
		}
	}
	late := time.AfterFunc(watchTime, cancel)
	defer late.Stop()
	if _, err := h.Gateway.Watch(ctx, c.watch.who, c.session.Client(), changes, notify); err != nil {
		cancel()
		return err
	}
	if c.watch.cancel != nil {
		c.watch.cancel()
	}
	c.watch.cancel = cancel
	return nil
}

// pause ends the watch in a while, unless the client comes back.
func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil || w.grace != nil {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(watchGrace, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.grace == timer { // else the client came back at the last moment
			w.stop()
		}
	})
	w.grace = timer
}

// end ends the watch for good.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.stop()
}

func (w *watch) stop() {
	if w.grace != nil {
		w.grace.Stop()
		w.grace = nil
	}
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
}
