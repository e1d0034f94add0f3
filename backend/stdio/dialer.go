//go:build !js

package stdio

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp/client/wire"
)

// Dialer starts processes of one server, and keeps their number in bounds.
// It is safe for concurrent use.
type Dialer struct {
	config Config
	guard  guard

	mu       sync.Mutex
	live     map[*process]struct{} // from before they start until nothing is left of them
	changed  chan struct{}         // closed when live gets smaller
	deaths   map[string]death      // by person
	status   Status                // without its Processes
	closed   bool
	watching bool // somebody looks after the memory
}

// New returns a dialer. It starts nothing.
func New(c Config) (*Dialer, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	if c.Memory > 0 && !watchesMemory {
		c.Log.Warn("memory of child processes is not watched on this system")
	}
	return &Dialer{
		config:  c,
		live:    make(map[*process]struct{}),
		changed: make(chan struct{}),
		deaths:  make(map[string]death),
	}, nil
}

// Check reports whether the command can be found and run, without running it.
func (d *Dialer) Check() error {
	if _, err := d.config.find(); err != nil {
		return fmt.Errorf("backend %q: %w", d.config.Name, err)
	}
	return nil
}

// Dial implements [client.Dialer]: it starts a process. person is for whom,
// and names its back-off. The failure is fault.Unavailable if the server
// cannot be started, or not yet again; and fault.TooMany if as many as may are
// busy. Neither makes the caller wait; making room for a new process may, as
// long as an idle one takes to end.
func (d *Dialer) Dial(ctx context.Context, person string) (wire.Conn, error) {
	p, err := d.admit(ctx, person)
	if err != nil {
		return nil, err
	}
	if err := p.start(); err != nil {
		d.remove(p)
		d.config.Log.Error("cannot start server", "err", err)
		return nil, fault.Wrap(err, fault.Unavailable, fmt.Sprintf("The server %q cannot be started. Its operator finds the reason in the log.", d.config.Name))
	}
	return p, nil
}

// admit returns a process that is counted and not yet started, once there is
// room for it.
func (d *Dialer) admit(ctx context.Context, person string) (*process, error) {
	for {
		p, wait, err := d.tryAdmit(person)
		if p != nil || err != nil {
			return p, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (d *Dialer) tryAdmit(person string) (p *process, wait <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, nil, fault.New(fault.Unavailable, "The server %q has been shut down.", d.config.Name)
	}
	if left := d.deaths[person].until.Sub(d.config.Now()); left > 0 {
		return nil, nil, refusal{fault.New(fault.Unavailable, "The server %q has stopped %d times. It may be started again in %s.",
			d.config.Name, d.deaths[person].count, roundUp(left))}
	}
	if len(d.live) < d.config.Processes {
		p := newProcess(d, person)
		d.live[p] = struct{}{}
		return p, nil, nil
	}
	if !d.makeRoom() {
		return nil, nil, fault.New(fault.TooMany, "The server %q is busy: all %d of its processes are in use. Try again later.", d.config.Name, d.config.Processes)
	}
	return nil, d.changed, nil
}

// refusal is a start that was put off. It is that person's alone, and costs
// nothing.
type refusal struct{ error }

// Answered says to who counts the failures of a backend that this is none.
func (refusal) Answered() bool { return true }

func (r refusal) Unwrap() error { return r.error }

// settled is how long a process must have been quiet to make room for another:
// one between its greeting and its first call is not idle.
const settled = time.Second

// makeRoom reports whether some process is about to end, and ends the one that
// has been idle longest if none is.
func (d *Dialer) makeRoom() bool {
	var longest *process
	for p := range d.live {
		switch {
		case p.stopping():
			return true
		case p.busy() || p.quiet() < settled:
		case longest == nil || p.quiet() > longest.quiet():
			longest = p
		}
	}
	return longest != nil && longest.stopIdle(errReplaced)
}

// remove forgets a process of which nothing is left.
func (d *Dialer) remove(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.live, p)
	close(d.changed)
	d.changed = make(chan struct{})
}

// started counts a process that runs, and sees to it that it is looked after.
func (d *Dialer) started(pid int) {
	if err := d.guard.add(pid); err != nil {
		d.config.Log.Warn("what a server starts may outlive a host that is killed", "err", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status.Starts++
	if d.config.Memory > 0 && watchesMemory && !d.watching {
		d.watching = true
		go d.watchMemory()
	}
}

// note takes up how a process ended. Who hears of the end finds it noted.
func (d *Dialer) note(p *process, how end) {
	now := d.config.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status.LastEnd, d.status.LastEndAt = how.why, now
	if !how.asked {
		d.status.Deaths++
		d.deaths[p.person] = d.deaths[p.person].next(how.lived, now)
	}
	maps.DeleteFunc(d.deaths, func(_ string, past death) bool { return past.forgotten(now) })
}

// Close ends all processes and waits until nothing is left of them. Afterwards
// Dial refuses.
func (d *Dialer) Close() error {
	d.mu.Lock()
	d.closed = true
	all := slices.Collect(maps.Keys(d.live))
	d.mu.Unlock()
	for _, p := range all {
		p.stop(errClosed)
	}
	for _, p := range all {
		<-p.gone
	}
	return nil
}
