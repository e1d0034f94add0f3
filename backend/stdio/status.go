//go:build !js

package stdio

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Status is what an operator wants to know.
type Status struct {
	Processes []Process // those that run, the oldest first
	Starts    int       // processes that were started so far
	Deaths    int       // of those, how many ended without being asked to
	LastEnd   string    // why the last process ended; "" if none has
	LastEndAt time.Time
}

// Process is one child.
type Process struct {
	PID    int
	Person string // "" if it is for everybody
	Since  time.Time
	Quiet  time.Duration // since the last message either way
	Busy   bool          // it starts, owes an answer, or somebody waits for its news
	Memory int64         // bytes, its family included; 0 where that is not known
}

// Status returns how things stand.
func (d *Dialer) Status() Status {
	s := d.now()
	all := readTable()
	for i := range s.Processes {
		s.Processes[i].Memory = all.memoryOf(s.Processes[i].PID)
	}
	return s
}

// now is the status without what the system must be asked for.
func (d *Dialer) now() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	for p := range d.live {
		if pid := p.pid.Load(); pid != 0 {
			s.Processes = append(s.Processes, Process{PID: int(pid), Person: p.person, Since: p.since, Quiet: p.quiet(), Busy: p.busy()})
		}
	}
	slices.SortFunc(s.Processes, func(a, b Process) int { return cmp.Or(a.Since.Compare(b.Since), a.PID-b.PID) })
	return s
}

// Notes says how things stand in words.
func (d *Dialer) Notes() []string {
	s := d.now()
	var notes []string
	for _, p := range s.Processes {
		of := "for all"
		if p.Person != "" {
			of = "for " + p.Person
		}
		notes = append(notes, fmt.Sprintf("process %d, %s, since %s", p.PID, of, p.Since.Format(time.DateTime)))
	}
	if s.Deaths > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d processes have ended by themselves; the last to end at %s: %s",
			s.Deaths, s.Starts, s.LastEndAt.Format(time.DateTime), s.LastEnd))
	}
	return notes
}
