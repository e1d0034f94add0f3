package oauth

import (
	"sync"
	"time"
)

// Rate counts what strangers do, by a key such as their address. Its counts
// are kept in memory: they slow an attacker down, and nothing else depends on
// them.
type Rate struct {
	Max    int           // within the window; 0 is no limit
	Window time.Duration // from the first event of a key
	Now    func() time.Time

	mu     sync.Mutex
	counts map[string]window
}

type window struct {
	n    int
	ends time.Time
}

// maxKeys bounds the memory of a Rate. Beyond it the windows that have ended
// are forgotten, and if there are none, some others.
const maxKeys = 10_000

// Allow counts an event and reports whether it is within the limit.
func (l *Rate) Allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Max == 0 {
		return true
	}
	w := l.live(key)
	if w.n >= l.Max {
		return false
	}
	if w.n == 0 {
		l.makeRoom()
		w.ends = l.Now().Add(l.Window)
	}
	w.n++
	l.counts[key] = w
	return true
}

// Reached reports whether the key is at its limit, without counting.
func (l *Rate) Reached(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Max > 0 && l.live(key).n >= l.Max
}

// Forget begins again for a key.
func (l *Rate) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.counts, key)
}

func (l *Rate) live(key string) window {
	w := l.counts[key]
	if !l.Now().Before(w.ends) {
		return window{}
	}
	return w
}

func (l *Rate) makeRoom() {
	if l.counts == nil {
		l.counts = make(map[string]window)
	}
	if len(l.counts) < maxKeys {
		return
	}
	now := l.Now()
	for key, w := range l.counts {
		if !now.Before(w.ends) {
			delete(l.counts, key)
		}
	}
	for key := range l.counts {
		if len(l.counts) < maxKeys {
			return
		}
		delete(l.counts, key)
	}
}
