package audit

import "io"

// Lines is a sink that writes one line of JSON an event to W, a batch in one
// Write. It is for a target without files, where W leads to whoever collects
// the log.
type Lines struct {
	W   io.Writer
	buf []byte
}

var _ Sink = (*Lines)(nil)

// Write writes the events.
func (l *Lines) Write(events []Event) error {
	l.buf = l.buf[:0]
	for i := range events {
		l.buf = append(events[i].appendJSON(l.buf), '\n')
	}
	_, err := l.W.Write(l.buf)
	return err
}

// Close does nothing.
func (l *Lines) Close() error { return nil }
