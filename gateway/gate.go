package gateway

import (
	"context"
	"slices"
	"sync"
)

const (
	defaultConcurrency = 64
	defaultQueue       = 256
)

// gate bounds how many calls a backend does at once, and how many wait for
// their turn. One person may have all places while nobody else wants any. A
// place that gets free while some wait goes to the one of them who has the
// fewest, and among equals to each in turn. The calls of one person take turns
// in the order in which they came.
type gate struct {
	places, queue int

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

func newGate(l Limits) *gate {
	return &gate{
		places: orDefault(l.Concurrency, defaultConcurrency),
		queue:  orDefault(l.Queue, defaultQueue),
		has:    make(map[string]int),
	}
}

// enter takes a place for a call of a person, or a turn. It reports false at
// once if too many wait: a person gets half of what others leave of the queue,
// and so leaves room for the next.
func (g *gate) enter(ctx context.Context, person string) (ok bool, err error) {
	g.mu.Lock()
	if g.take(person) {
		g.mu.Unlock()
		return true, nil
	}
	line := g.line(person)
	if len(line.calls) >= g.queue-g.queued {
		g.mu.Unlock()
		return false, nil
	}
	g.queued++
	turn := g.join(line)
	g.mu.Unlock()

	err = g.await(ctx, person, turn)
	g.mu.Lock()
	g.queued--
	g.mu.Unlock()
	return true, err
}

// wait takes a place, or a turn, however many wait.
func (g *gate) wait(ctx context.Context, person string) error {
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
func (g *gate) await(ctx context.Context, person string, turn chan struct{}) error {
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
func (g *gate) leave(person string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.give(person)
}

// counts says how many calls run, and how many wait in the queue.
func (g *gate) counts() (running, queued int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, g.queued
}

// take takes a place, if one is free: then nobody waits. The caller holds the
// lock, as for all that follows.
func (g *gate) take(person string) bool {
	if g.running >= g.places {
		return false
	}
	g.running++
	g.has[person]++
	return true
}

// give gives a place back, and on to whoever is next.
func (g *gate) give(person string) {
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
func (g *gate) next() (at int) {
	for i, line := range g.lines {
		if g.has[line.person] < g.has[g.lines[at].person] {
			at = i
		}
	}
	return at
}

// line is that of a person, who may have none yet.
func (g *gate) line(person string) *turns {
	for _, line := range g.lines {
		if line.person == person {
			return line
		}
	}
	return &turns{person: person}
}

// join has a call wait behind the others of its person.
func (g *gate) join(line *turns) (turn chan struct{}) {
	if len(line.calls) == 0 {
		g.lines = append(g.lines, line)
	}
	turn = make(chan struct{})
	line.calls = append(line.calls, turn)
	return turn
}

// withdraw has a call wait no longer. It reports false if its turn has come.
func (g *gate) withdraw(person string, turn chan struct{}) bool {
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
