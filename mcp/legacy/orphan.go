package legacy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/late"
	"gatehouse/mcp"
)

// How long a call goes on without its client, and how many do.
const (
	orphanLife = 5 * time.Minute
	maxOrphans = 256
)

var errAbandoned = &mcp.Error{Code: mcp.CodeUnavailable, Message: "The request was given up: its client is gone"}

// orphans counts the calls whose clients are gone. Such a call goes on, for a
// disconnect is not a cancellation (2025-11-25, transports, "Sending Messages
// to the Server"), but neither for ever nor in any number.
type orphans struct{ count atomic.Int32 }

// lasting is a call that may last. When it does, its answer becomes a stream,
// and its client is heeded.
type lasting struct {
	h      *Handler
	client context.Context //nolint:containedctx // of the request that brought the call
	cancel context.CancelCauseFunc
	answer *answer
	alarm  late.Alarm

	mu     sync.Mutex
	over   bool
	forget func() bool // nil while the client is not heeded
	timer  *time.Timer // nil unless it is an orphan
}

// last watches over a call until it ends.
func (h *Handler) last(client context.Context, cancel context.CancelCauseFunc, a *answer) *lasting {
	l := &lasting{h: h, client: client, cancel: cancel, answer: a}
	l.alarm.Ring = l.lasts
	h.slow.Set(&l.alarm)
	return l
}

func (l *lasting) lasts() {
	l.heed()
	l.answer.slow()
}

// heed has the call end in time if its client goes away, or is gone already.
func (l *lasting) heed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.forget = context.AfterFunc(l.client, l.orphaned)
	}
}

func (l *lasting) orphaned() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if l.h.orphans.count.Add(1) > maxOrphans {
		l.h.orphans.count.Add(-1)
		l.cancel(errAbandoned)
		return
	}
	l.timer = time.AfterFunc(orphanLife, func() { l.cancel(errAbandoned) })
}

func (l *lasting) end() {
	l.h.slow.Stop(&l.alarm)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.forget != nil {
		l.forget()
	}
	if l.timer != nil {
		l.timer.Stop()
		l.h.orphans.count.Add(-1)
	}
}
