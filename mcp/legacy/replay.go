package legacy

import (
	"sync"
	"time"
)

// How much is kept for clients that lost their connection: at most so many
// bytes over all sessions, each event at most so long.
const (
	replayBytes = 32 << 20
	replayAge   = 5 * time.Minute
	eventCost   = 128 // what keeping an event costs besides its data
)

// replay keeps the last events of all streams. The oldest go first, whosever
// they are. Its zero value is ready to use.
type replay struct {
	mu      sync.Mutex
	queue   []kept // oldest first
	bytes   int
	streams map[string]*stream // those that a client may come back to
}

// kept says that a stream has an event, and since when.
type kept struct {
	stream *stream
	at     time.Time
}

// event is one message of a stream.
type event struct {
	seq  int64
	data []byte
}

// add keeps an event of the stream, and lets go of what is too much or too old.
func (p *replay) add(s *stream, e event) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, kept{s, now})
	p.bytes += eventCost + len(e.data)
	s.kept = append(s.kept, e)
	for len(p.queue) > 0 && (p.bytes > replayBytes || now.Sub(p.queue[0].at) > replayAge) {
		p.pop()
	}
}

// pop lets go of the oldest event. With the last one goes its stream.
func (p *replay) pop() {
	s := p.queue[0].stream
	p.queue[0] = kept{}
	p.queue = p.queue[1:]
	p.bytes -= eventCost + len(s.kept[0].data)
	s.kept[0] = event{}
	s.kept = s.kept[1:]
	if len(s.kept) == 0 && s.finished {
		delete(p.streams, s.name)
	}
}

// after returns what is kept of the events of the stream that follow seq.
func (p *replay) after(s *stream, seq int64) []event {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, e := range s.kept {
		if e.seq > seq {
			return append([]event(nil), s.kept[i:]...)
		}
	}
	return nil
}

// enter makes the stream one that a client can come back to.
func (p *replay) enter(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.streams == nil {
		p.streams = make(map[string]*stream)
	}
	p.streams[s.name] = s
}

// finish says that no more events come. The stream is forgotten with its last
// event.
func (p *replay) finish(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.finished = true
	if len(s.kept) == 0 {
		delete(p.streams, s.name)
	}
}

// find returns the stream of that name, or nil.
func (p *replay) find(name string) *stream {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams[name]
}
