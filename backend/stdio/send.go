//go:build !js

package stdio

import (
	"context"
	"time"
)

// The bytes that wait to be written, and those written at once. A child that
// reads slowly holds up who sends more than the first, until their contexts
// end; one that has not read the second in the configured time is killed.
const (
	maxQueue = 1 << 20
	chunk    = 32 << 10
)

// Send implements [wire.Conn]. It does not wait for the child to read, but
// for room if much is unread. The failure is fault.Unavailable if the process
// has ended; then nothing was sent, and another line may be tried.
func (p *process) Send(ctx context.Context, message []byte) error {
	for {
		room, err := p.enqueue(message)
		if room == nil {
			return err
		}
		select {
		case <-room:
		case <-p.halt:
		case <-p.exited:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enqueue puts the message into the queue, or returns what is closed when
// there may be room.
func (p *process) enqueue(message []byte) (room <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason != nil || p.reaped {
		return nil, p.over()
	}
	if len(p.queue) > 0 && len(p.queue)+len(message) > maxQueue {
		return p.room, nil
	}
	p.ledger.sent(message)
	p.last = time.Now()
	p.queue = appendLine(p.queue, message)
	select {
	case p.wake <- struct{}{}:
	default: // the writer knows
	}
	return nil, nil
}

// appendLine adds the message as one line. In a JSON text a line break can
// only stand where a blank could.
func appendLine(queue, message []byte) []byte {
	at := len(queue)
	queue = append(queue, message...)
	for i, b := range queue[at:] {
		if b == '\n' || b == '\r' {
			queue[at+i] = ' '
		}
	}
	return append(queue, '\n')
}

// take returns what is to be written, and leaves an empty queue in spare.
func (p *process) take(spare []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	batch := p.queue
	p.queue = spare[:0]
	close(p.room)
	p.room = make(chan struct{})
	return batch
}

// write moves the queue into the child until either ends.
func (p *process) write() {
	deaf := time.AfterFunc(p.config.Write, func() { p.kill(errDeaf) })
	deaf.Stop()
	var spare []byte
	for {
		select {
		case <-p.wake:
		case <-p.halt:
			return
		case <-p.exited:
			return
		}
		batch := p.take(spare)
		for rest := batch; len(rest) > 0; {
			n := min(len(rest), chunk)
			deaf.Reset(p.config.Write)
			_, err := p.stdin.Write(rest[:n])
			deaf.Stop()
			if err != nil {
				p.expire(errDeaf)
				return
			}
			rest = rest[n:]
		}
		if spare = batch; cap(spare) > maxQueue {
			spare = nil
		}
	}
}
