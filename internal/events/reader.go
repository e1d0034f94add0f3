package events

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// ErrTooLarge says that an event, or the stream, is larger than it may be.
var ErrTooLarge = errors.New("the message is too large")

// Event is one event that has data.
type Event struct {
	Name string // empty if the stream does not say
	Data []byte // good until the next event
}

// Reader reads one stream. A caller sets From and Most, and what it remembers
// of the stream that this one goes on with.
type Reader struct {
	From  io.Reader
	Most  int   // bytes of one event
	Total int64 // bytes of the whole stream; 0 is as many as come

	LastID string        // of the last event that had an id
	Retry  time.Duration // after which to come back; 0 if the stream does not say

	read       int64
	buf        []byte // what is read and not used yet is buf[start:end]
	start, end int
	skip       bool // a line feed that follows belongs to the line before
	begun      bool
	data       []byte
}

// firstBuffer is how large the buffer is until a line is longer.
const firstBuffer = 4 << 10

// maxID is how long an id of an event may be that is brought back.
const maxID = 1 << 10

// Next returns the next event that has data. The error is [io.EOF] at the end
// of the stream; an event that is not complete by then is lost.
func (r *Reader) Next() (Event, error) {
	var ev Event
	var some bool
	r.data = r.data[:0]
	for {
		line, err := r.line()
		if err != nil {
			return Event{}, err
		}
		if len(line) == 0 {
			if some {
				ev.Data = r.data[:len(r.data)-1] // the last line feed
				return ev, nil
			}
			ev = Event{}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if len(r.data)+len(value) > r.Most {
				return Event{}, ErrTooLarge
			}
			r.data = append(append(r.data, value...), '\n')
			some = true
		case "event":
			ev.Name = string(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 && len(value) <= maxID {
				r.LastID = string(value)
			}
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				r.Retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// Begun reports whether the stream has said anything, be it a comment.
func (r *Reader) Begun() bool { return r.begun }

// line returns the next line without its end. It is good until the next one.
func (r *Reader) line() ([]byte, error) {
	scanned := 0
	for {
		if r.skip && r.start < r.end {
			r.skip = false
			if r.buf[r.start] == '\n' {
				r.start++
			}
		}
		if i := bytes.IndexAny(r.buf[r.start+scanned:r.end], "\r\n"); i >= 0 {
			line := r.buf[r.start : r.start+scanned+i]
			r.skip = r.buf[r.start+scanned+i] == '\r'
			r.start += scanned + i + 1
			if !r.begun {
				r.begun = true
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			return line, nil
		}
		scanned = r.end - r.start
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more of the stream.
func (r *Reader) fill() error {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) > r.Most {
			return ErrTooLarge
		}
		r.buf = append(r.buf, make([]byte, max(len(r.buf), firstBuffer))...)
	}
	n, err := r.From.Read(r.buf[r.end:])
	r.end += n
	if r.read += int64(n); r.Total > 0 && r.read > r.Total {
		return ErrTooLarge
	}
	if n > 0 {
		return nil
	}
	return err
}
