package bounds

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gatehouse/mcp"
)

// ErrFull is the failure of a call that finds too many before it.
var ErrFull = errors.New("too many calls wait already")

// Gate bounds how many calls a backend does at once, and how many wait for
// their turn. One person may have all places while nobody else wants any. A
// place that gets free while some wait goes to the one of them who has the
// fewest, and among equals to each in turn. The calls of one person take turns
// in the order in which they came.
type Gate struct {
	limits Limits

	mu      sync.Mutex     // guards what follows
	running int            // calls that have a place
	has     map[string]int // those of each person, if any
	queued  int            // calls that wait in the queue
	lines   []*turns       // of those who wait; whoever had a turn last is last
}

// turns are the calls of one person that wait.
type turns struct {
	person string
	calls  []chan struct{} // the oldest first; closed when the call has a place
}

// NewGate returns the gate of a backend of which nothing runs yet.
func NewGate(l Limits) *Gate { return &Gate{limits: l.whole(), has: make(map[string]int)} }

// Enter begins a call of a person: its deadline, and the wait for a place. It
// fails with [ErrFull] at once if too many wait, and with the cause of the end
// if ctx or the deadline ends before there is a place. What the backend tells
// the call goes on to peer. Who has entered calls [Call.End] in the end.
func (g *Gate) Enter(ctx context.Context, person string, peer mcp.Peer) (*Call, error) {
	c := &Call{peer: peer, gate: g, person: person, deadline: deadline{parent: ctx}}
	c.start()
	if err := g.enter(&c.deadline, person); err != nil {
		c.deadline.end()
		return nil, err
	}
	c.inside = true
	return c, nil
}

// Counts says how many calls run, and how many wait for their turn.
func (g *Gate) Counts() (running, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, g.queued
}

// enter takes a place, or a turn. A person gets half of what others leave of
// the queue, and so leaves room for the next.
func (g *Gate) enter(ctx context.Context, person string) error {
	g.mu.Lock()
	if g.take(person) {
		g.mu.Unlock()
		return nil
	}
	line := g.line(person)
	if len(line.calls) >= g.limits.Queue-g.queued {
		g.mu.Unlock()
		return ErrFull
	}
	g.queued++
	turn := g.join(line)
	g.mu.Unlock()

	err := g.await(ctx, person, turn)
	g.mu.Lock()
	g.queued--
	g.mu.Unlock()
	return err
}

// wait takes a place, or a turn, however many wait.
func (g *Gate) wait(ctx context.Context, person string) error {
	g.mu.Lock()
	if g.take(person) {
		g.mu.Unlock()
		return nil
	}
	turn := g.join(g.line(person))
	g.mu.Unlock()
	return g.await(ctx, person, turn)
}

// await waits for a turn. If it fails, the call has no place.
func (g *Gate) await(ctx context.Context, person string, turn chan struct{}) error {
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.withdraw(person, turn) { // it has come just now
		g.give(person)
	}
	return context.Cause(ctx)
}

// leave gives back a place of a person.
func (g *Gate) leave(person string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.give(person)
}

// take takes a place, if one is free: then nobody waits. The caller holds the
// lock, as for all that follows.
func (g *Gate) take(person string) bool {
	if g.running >= g.limits.Concurrency {
		return false
	}
	g.running++
	g.has[person]++
	return true
}

// give gives a place back, and on to whoever is next.
func (g *Gate) give(person string) {
	g.running--
	if g.has[person]--; g.has[person] == 0 {
		delete(g.has, person)
	}
	if len(g.lines) == 0 {
		return
	}
	at := g.next()
	line := g.lines[at]
	g.take(line.person)
	close(line.calls[0])
	line.calls = line.calls[1:]
	g.lines = slices.Delete(g.lines, at, at+1)
	if len(line.calls) > 0 {
		g.lines = append(g.lines, line)
	}
}

// next is the line of whose turn it is.
func (g *Gate) next() (at int) {
	for i, line := range g.lines {
		if g.has[line.person] < g.has[g.lines[at].person] {
			at = i
		}
	}
	return at
}

// line is that of a person, who may have none yet.
func (g *Gate) line(person string) *turns {
	for _, line := range g.lines {
		if line.person == person {
			return line
		}
	}
	return &turns{person: person}
}

// join has a call wait behind the others of its person.
func (g *Gate) join(line *turns) (turn chan struct{}) {
	if len(line.calls) == 0 {
		g.lines = append(g.lines, line)
	}
	turn = make(chan struct{})
	line.calls = append(line.calls, turn)
	return turn
}

// withdraw has a call wait no longer. It reports false if its turn has come.
func (g *Gate) withdraw(person string, turn chan struct{}) bool {
	line := g.line(person)
	at := slices.Index(line.calls, turn)
	if at < 0 {
		return false
	}
	if line.calls = slices.Delete(line.calls, at, at+1); len(line.calls) == 0 {
		g.lines = slices.DeleteFunc(g.lines, func(l *turns) bool { return l == line })
	}
	return true
}
