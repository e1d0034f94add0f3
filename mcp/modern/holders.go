package modern

import "sync"

// holders counts the streams that each person holds.
type holders struct {
	mu    sync.Mutex
	count map[string]int
}

func (h *holders) take(subject string, limit int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count[subject] >= limit {
		return false
	}
	if h.count == nil {
		h.count = map[string]int{}
	}
	h.count[subject]++
	return true
}

func (h *holders) leave(subject string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count[subject]--; h.count[subject] == 0 {
		delete(h.count, subject)
	}
}
