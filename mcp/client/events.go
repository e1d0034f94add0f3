package client

import (
	"bytes"
	"io"
	"strconv"
	"time"
)

// event is one server-sent event.
type event struct {
	name string
	data []byte // good until the next event
}

// events reads a stream of server-sent events (WHATWG HTML, section 9.2).
type events struct {
	from io.Reader
	most int   // bytes of one event
	left int64 // bytes of the whole stream

	lastID string        // of the last event that had an id
	retry  time.Duration // after which to come back; 0 if the stream does not say

	buf        []byte // what is read and not used yet is buf[start:end]
	start, end int
	skip       bool // a line feed that follows belongs to the line before
	begun      bool
	data       []byte
}

// streamFactor is how many times the size of a message a stream may have that
// answers one request.
const streamFactor = 8

func newEvents(from io.Reader, most int) *events {
	return &events{from: from, most: most, left: int64(most) * streamFactor, buf: make([]byte, 4<<10)}
}

// next returns the next event that has data. The error is [io.EOF] at the end
// of the stream; an event that is not complete by then is lost.
func (e *events) next() (event, error) {
	var ev event
	var some bool
	e.data = e.data[:0]
	for {
		line, err := e.line()
		if err != nil {
			return event{}, err
		}
		if len(line) == 0 {
			if some {
				ev.data = e.data[:len(e.data)-1] // the last line feed
				return ev, nil
			}
			ev = event{}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if len(e.data)+len(value) > e.most {
				return event{}, errTooLarge
			}
			e.data = append(append(e.data, value...), '\n')
			some = true
		case "event":
			ev.name = string(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 && len(value) <= maxEventID {
				e.lastID = string(value)
			}
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				e.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// maxEventID is how long an id of an event may be that is brought back.
const maxEventID = 1 << 10

// line returns the next line without its end. It is good until the next one.
func (e *events) line() ([]byte, error) {
	scanned := 0
	for {
		if e.skip && e.start < e.end {
			e.skip = false
			if e.buf[e.start] == '\n' {
				e.start++
			}
		}
		if i := bytes.IndexAny(e.buf[e.start+scanned:e.end], "\r\n"); i >= 0 {
			line := e.buf[e.start : e.start+scanned+i]
			e.skip = e.buf[e.start+scanned+i] == '\r'
			e.start += scanned + i + 1
			if !e.begun {
				e.begun = true
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			return line, nil
		}
		scanned = e.end - e.start
		if err := e.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more of the stream.
func (e *events) fill() error {
	if e.start > 0 {
		e.end = copy(e.buf, e.buf[e.start:e.end])
		e.start = 0
	}
	if e.end == len(e.buf) {
		if len(e.buf) > e.most {
			return errTooLarge
		}
		e.buf = append(e.buf, make([]byte, len(e.buf))...)
	}
	n, err := e.from.Read(e.buf[e.end:])
	e.end += n
	if e.left -= int64(n); e.left < 0 {
		return errTooLarge
	}
	if n > 0 {
		return nil
	}
	return err
}
