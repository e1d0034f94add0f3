package client

import (
	"sync"
	"time"

	"gatehouse/mcp"
)

// doubtEvery is how often the way is doubted at most.
const doubtEvery = 5 * time.Second

// way is how the server is spoken to, as far as that is known.
type way struct {
	mu      sync.Mutex
	is      found
	doubted time.Time
}

// found is what was found. Its zero value is nothing.
type found struct {
	known     bool
	modern    bool
	transport Transport
	alone     bool // the server keeps no sessions, though its revision has them
	both      bool // it serves the other era, too
}

// like reports whether requests go the same way in both.
func (f found) like(other found) bool {
	f.both = other.both
	return f == other
}

func (w *way) now() found {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.is
}

func (w *way) known() bool { return w.now().known }

func (w *way) legacy() bool {
	is := w.now()
	return is.known && !is.modern
}

// shared reports whether the server needs no session for a client. To one that
// serves both eras, a client speaks in its own: what a server asks in the
// middle of a call has no equal in the other.
func (w *way) shared(client *mcp.Client) bool {
	is := w.now()
	if is.both && !client.Revision.Modern() && client.Session != "" {
		return false
	}
	return is.modern || is.alone
}

// single notes that the server does not serve the older era, whatever it says.
func (w *way) single() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is.both = false
}

func (w *way) set(is found) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is = is
}

// forget has the way be found anew by the next who needs it.
func (w *way) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is.known = false
}

// doubt reports whether it is time to ask again.
func (w *way) doubt(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.doubted) < doubtEvery {
		return false
	}
	w.doubted = now
	return true
}
