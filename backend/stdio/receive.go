//go:build !js

package stdio

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"gatehouse/internal/fault"
)

// Receive implements [wire.Conn]. When the process has ended the failure is
// [io.EOF], and also fault.Unavailable unless the line was closed on this side.
func (p *process) Receive() ([]byte, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	for {
		if p.halting() {
			return nil, p.ending()
		}
		line, err := p.readLine()
		if err != nil {
			return nil, p.broken(err)
		}
		line = bytes.TrimSpace(line)
		switch {
		case looksLikeMessage(line):
			p.heard(line)
			return line, nil
		case len(line) > 0:
			p.noise.garbage(line)
		}
	}
}

// Close implements [wire.Conn]: it returns when nothing is left of the
// process.
func (p *process) Close() error {
	p.stop(errClosed)
	<-p.gone
	return nil
}

// readLine returns the next line, good until the next call.
func (p *process) readLine() ([]byte, error) {
	if cap(p.long) > maxQueue {
		p.long = nil
	}
	line, err := p.reader.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	p.long = append(p.long[:0], line...)
	for {
		line, err = p.reader.ReadSlice('\n')
		p.long = append(p.long, line...)
		switch {
		case len(p.long) > p.config.Message:
			return nil, errEndless
		case !errors.Is(err, bufio.ErrBufferFull):
			return p.long, err
		}
	}
}

// looksLikeMessage tells messages from what servers and their package managers
// print beside them. Who receives reads the JSON itself.
func looksLikeMessage(line []byte) bool {
	if len(line) < 2 {
		return false
	}
	first, last := line[0], line[len(line)-1]
	return first == '{' && last == '}' ||
		first == '[' && last == ']' && bytes.HasPrefix(bytes.TrimSpace(line[1:]), []byte("{")) // a batch of 2025-03-26
}

// heard notes that a message has come.
func (p *process) heard(message []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.greeted {
		p.greeted = true
		p.greeting.Stop()
	}
	p.ledger.received(message)
	p.last = time.Now()
}

// broken makes of a failed read what Receive returns, and sees to it that the
// process ends, for it is of no use any more.
func (p *process) broken(err error) error {
	switch {
	case p.halting():
	case errors.Is(err, errEndless):
		p.kill(errEndless)
	default:
		p.outputEnded()
		p.expire(errMute)
	}
	return p.ending()
}

// expire waits a moment for a process with a broken pipe to end by itself, as
// it mostly does, and else ends it.
func (p *process) expire(reason error) {
	moment := time.NewTimer(200 * time.Millisecond)
	defer moment.Stop()
	select {
	case <-p.exited:
	case <-moment.C:
		p.stop(reason)
	}
}

// outputEnded notes that nothing more is to be read.
func (p *process) outputEnded() {
	select {
	case <-p.outEnded:
	default:
		close(p.outEnded) // only who holds reading comes here
	}
}

// halting reports whether the process was asked to end. What one that ended by
// itself has written is still read.
func (p *process) halting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reason != nil
}

func (p *process) ending() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over()
}

// over is what callers get of a process that has ended. p.mu is held.
func (p *process) over() error {
	if errors.Is(p.reason, errClosed) {
		return io.EOF
	}
	why := p.why
	if why == "" && p.reason != nil {
		why = p.reason.Error() // and it is about to end
	}
	cause := fmt.Errorf("%s: %w", cmp.Or(why, "ended"), io.EOF)
	return fault.Wrap(cause, fault.Unavailable, fmt.Sprintf("The server %q has stopped. Try again.", p.config.Name))
}
