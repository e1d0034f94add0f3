//go:build !js

package stdio

import (
	"time"
)

// table is what the system knows of its processes, where it can be asked.
type table []entry

// entry is one process.
type entry struct {
	pid, parent, group, session int
	memory                      int64
	dead                        bool // and not yet reaped
}

// in reports whether a process has stayed in the session or the group that
// another leads.
func (e entry) in(leader int) bool {
	return e.pid == leader || e.session == leader || e.group == leader
}

// memoryOf adds up what a leader and its family use.
func (t table) memoryOf(leader int) (sum int64) {
	for _, e := range t.familyOf(leader) {
		sum += e.memory
	}
	return sum
}

// familyOf returns a leader and its family: all who are in its session or
// group, and those who descend from one of them.
func (t table) familyOf(leader int) (all []entry) {
	family := make(map[int]bool)
	for grown := true; grown; {
		grown = false
		for _, e := range t {
			if !family[e.pid] && (e.in(leader) || family[e.parent]) {
				family[e.pid] = true
				all = append(all, e)
				grown = true
			}
		}
	}
	return all
}

// memoryInterval is how often memory is looked at. A process can take more
// than its limit for so long.
const memoryInterval = time.Second

// watchMemory kills processes that use too much, as long as there are any.
func (d *Dialer) watchMemory() {
	for {
		d.mu.Lock()
		if len(d.live) == 0 {
			d.watching = false
			d.mu.Unlock()
			return
		}
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(memoryInterval):
			d.killFat()
		}
	}
}

func (d *Dialer) killFat() {
	all := readTable()
	d.mu.Lock()
	defer d.mu.Unlock()
	for p := range d.live {
		pid := int(p.pid.Load())
		if pid == 0 {
			continue
		}
		if used := all.memoryOf(pid); used > d.config.Memory {
			d.config.Log.Warn("server uses too much memory", "pid", pid, "bytes", used, "limit", d.config.Memory)
			p.kill(errFat)
		}
	}
}
