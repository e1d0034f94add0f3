//go:build !js

package stdio

import (
	"bufio"
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
)

// What a process may say in the log.
const (
	maxLine   = 2 << 10 // bytes of a line that are shown
	maxBurst  = 100     // lines at once
	perSecond = 10      // lines in the long run
	secretLen = 8       // a shorter value in the environment is no secret
)

// noise brings what a process says beside the protocol into the log: bounded,
// without the values of its environment, and never making the process wait.
type noise struct {
	log     *slog.Logger
	blot    *strings.Replacer
	lines   chan said
	done    chan struct{}
	dropped atomic.Int64

	began time.Time    // for the rate
	spent atomic.Int64 // lines shown, as the time that they stand for
}

// said is one line, and where it was said.
type said struct{ where, line string }

func newNoise(c *Config, pid int) *noise {
	var pairs []string
	for _, value := range c.Env {
		if len(value) >= secretLen {
			pairs = append(pairs, value, "REDACTED")
		}
	}
	n := &noise{
		log:   c.Log.With("pid", pid),
		blot:  strings.NewReplacer(pairs...),
		lines: make(chan said, maxBurst),
		done:  make(chan struct{}),
		began: time.Now(),
	}
	go n.write()
	return n
}

func (n *noise) stderr(line []byte)  { n.say("stderr", line) }
func (n *noise) garbage(line []byte) { n.say("stdout", line) }

func (n *noise) say(where string, line []byte) {
	if !n.admit() {
		n.dropped.Add(1)
		return
	}
	text := n.blot.Replace(strings.ToValidUTF8(string(line), "?"))
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	select {
	case n.lines <- said{where, text}:
	default: // the log is slower than the process
		n.dropped.Add(1)
	}
}

// admit keeps the rate: each line costs a part of a second, and no more time
// may be spent than has passed, a burst aside.
func (n *noise) admit() bool {
	const cost = int64(time.Second / perSecond)
	now := int64(time.Since(n.began))
	for {
		spent := n.spent.Load()
		if spent > now+(maxBurst-1)*cost {
			return false
		}
		if n.spent.CompareAndSwap(spent, max(spent, now)+cost) {
			return true
		}
	}
}

// write is where the log may take its time.
func (n *noise) write() {
	for {
		select {
		case s := <-n.lines:
			n.show(s)
		case <-n.done:
			for len(n.lines) > 0 {
				n.show(<-n.lines)
			}
			if dropped := n.dropped.Swap(0); dropped > 0 {
				n.log.Info("server said more than is shown", "dropped", dropped)
			}
			return
		}
	}
}

func (n *noise) show(s said) {
	log := n.log
	if dropped := n.dropped.Swap(0); dropped > 0 {
		log = log.With("dropped", dropped)
	}
	log.Info("server says", "on", s.where, "line", s.line)
}

// close ends the writing, once all is shown. Nothing may be said any more, and
// what is said all the same is lost.
func (n *noise) close() { close(n.done) }

// listen brings the standard error of the process into the log.
func (p *process) listen() {
	defer close(p.errEnded)
	r := bufio.NewReaderSize(p.stderr, 8*maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			p.noise.stderr(line)
		}
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of a long line
			_, err = r.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}
