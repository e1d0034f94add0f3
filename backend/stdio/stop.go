//go:build !js

package stdio

import (
	"io"
	"time"
)

// stop asks the process to end, in the order of the specification: its input
// is closed; if it does not end it is told to, and then it is killed
// (2025-11-25, lifecycle, shutdown). It returns at once.
func (p *process) stop(reason error) {
	if p.halted(reason) {
		go p.shutdown()
	}
}

// kill ends the process, which runs, and its family without asking. It returns
// at once.
func (p *process) kill(reason error) {
	if p.halted(reason) {
		p.signal(killGroup)
		p.release()
	}
}

// halted notes the first reason to end. From then on nothing is sent.
func (p *process) halted(reason error) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.haltedLocked(reason)
}

func (p *process) haltedLocked(reason error) (first bool) {
	if p.reason != nil || p.reaped {
		return false
	}
	p.reason = reason
	close(p.halt)
	return true
}

func (p *process) shutdown() {
	<-p.ready
	if p.pid.Load() == 0 {
		return // it was never started
	}
	p.release()
	for _, next := range []func(pid int){terminateGroup, killGroup} {
		timer := time.NewTimer(p.config.Grace)
		select {
		case <-p.exited:
			timer.Stop()
			return
		case <-timer.C:
			p.signal(next)
		}
	}
}

// release closes the input, frees who waits in Receive, and goes on reading in
// its place: a process whose output nobody reads cannot end in peace.
func (p *process) release() {
	p.stdout.SetReadDeadline(time.Unix(1, 0)) // where that is not possible, Receive ends with the process
	go func() {
		p.stdin.Close() // on some systems this waits for a write that stands still
		p.reading.Lock()
		defer p.reading.Unlock()
		p.stdout.SetReadDeadline(time.Time{})
		io.Copy(io.Discard, p.stdout)
		p.outputEnded()
	}()
}

// signal calls send with the pid, unless there is none or it may be another's
// by now.
func (p *process) signal(send func(pid int)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid := int(p.pid.Load()); pid > 0 && !p.reaped {
		send(pid)
	}
}

// stopping reports whether the process has been asked to end.
func (p *process) stopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reason != nil || p.reaped
}

// checkIdle ends the process if it has had nothing to do for the configured
// time, and else looks again when that could be so.
func (p *process) checkIdle() {
	p.mu.Lock()
	left := p.config.Idle - time.Since(p.last)
	if !p.greeted || len(p.ledger) > 0 {
		left = p.config.Idle
	}
	if left > 0 && p.reason == nil && !p.reaped {
		p.idle.Reset(left)
	}
	p.mu.Unlock()
	if left <= 0 {
		p.stopIdle(errIdle)
	}
}

// stopIdle ends the process unless it is busy. Whoever sends meanwhile either
// makes it busy or is told that it has ended: nothing is lost in between.
func (p *process) stopIdle(reason error) bool {
	p.mu.Lock()
	stops := p.greeted && len(p.ledger) == 0 && p.haltedLocked(reason)
	p.mu.Unlock()
	if stops {
		go p.shutdown()
	}
	return stops
}

// quieten stops the timers.
func (p *process) quieten() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range []*time.Timer{p.idle, p.greeting} {
		if t != nil {
			t.Stop()
		}
	}
}

// quiet returns how long no message has gone either way.
func (p *process) quiet() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.last)
}

// busy reports whether the process starts, or has something to do.
func (p *process) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.greeted || len(p.ledger) > 0
}
