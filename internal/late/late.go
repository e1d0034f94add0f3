// Package late says what takes long. Most of what a server does is over soon,
// and a timer for each call would be a good part of what the call costs: a
// change of the runtime's timers may wake a thread. So all that may take long
// the same share a timer.
//
//	Set -> ringing next -> ringing now -> Ring
//	  └─ Stop, as nearly always
package late

import (
	"sync"
	"time"
)

// Clock rings alarms that have been set for a while: at least After, and at
// most twice that. The zero Clock is ready.
type Clock struct {
	After time.Duration // 0 is a second; it is not changed once the clock is in use

	mu    sync.Mutex
	now   list // those that ring when the timer next fires
	next  list // those that were set since it last did
	timer *time.Timer
	armed bool
}

// Alarm is what a Clock calls, unless it is stopped before. It can be set
// again when it has rung or was stopped, and must not be copied once it was
// set.
type Alarm struct {
	Ring func() // called in a goroutine of its own

	in         *list
	prev, next *Alarm
}

// Set has an alarm ring. One that is set already is left as it is.
func (c *Clock) Set(a *Alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.in != nil {
		return
	}
	c.next.add(a)
	if !c.armed {
		c.arm()
	}
}

// Stop reports whether it has kept an alarm from ringing: else the alarm was
// not set, has rung, or is just about to.
func (c *Clock) Stop(a *Alarm) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.in == nil {
		return false
	}
	a.in.remove(a)
	return true
}

// arm lets the timer run. The caller holds the lock.
func (c *Clock) arm() {
	after := c.After
	if after == 0 {
		after = time.Second
	}
	c.armed = true
	if c.timer == nil {
		c.timer = time.AfterFunc(after, c.tick)
		return
	}
	c.timer.Reset(after)
}

// tick rings the alarms that were set before the last tick. When none is left
// there is no other tick.
func (c *Clock) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.now.first != nil {
		a := c.now.first
		c.now.remove(a)
		go a.Ring()
	}
	for c.next.first != nil {
		a := c.next.first
		c.next.remove(a)
		c.now.add(a)
	}
	c.armed = false
	if c.now.first != nil {
		c.arm()
	}
}

// list is alarms in the order in which they were set.
type list struct{ first, last *Alarm }

func (l *list) add(a *Alarm) {
	a.in, a.prev, a.next = l, l.last, nil
	if l.last == nil {
		l.first = a
	} else {
		l.last.next = a
	}
	l.last = a
}

func (l *list) remove(a *Alarm) {
	if a.prev == nil {
		l.first = a.next
	} else {
		a.prev.next = a.next
	}
	if a.next == nil {
		l.last = a.prev
	} else {
		a.next.prev = a.prev
	}
	a.in, a.prev, a.next = nil, nil, nil
}
