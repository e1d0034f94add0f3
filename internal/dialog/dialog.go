// Package dialog tests a handler by conversations that a reader of its
// specification could check. A conversation is a text file:
//
//	A call of a tool that does not exist.
//
//	-- > POST /mcp --
//	Mcp-Method: tools/call
//
//	{"jsonrpc":"2.0","id":1,"method":"tools/call"}
//	-- < 200 --
//	Content-Type: application/json
//
//	{"jsonrpc":"2.0","id":1,"error":{}}
//
// Before the first turn stands what it is about. A turn of the client is a
// request; the turn after it is the answer: its status, those headers that
// matter, an empty line and the body.
package dialog

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// Script is a conversation.
type Script struct {
	About string
	Turns []Turn
}

// Turn is one request with its answer.
type Turn struct {
	Method, Target string
	Request        Part
	Status         int
	Answer         Part
}

// Part is the headers and the body of a message.
type Part struct {
	Headers []Header
	Body    string
}

// Header is one line of headers.
type Header struct{ Name, Value string }

// Parse reads a conversation. It says in which line a mistake is.
func Parse(data []byte) (Script, error) {
	var s Script
	var text strings.Builder
	var into *Part
	number := 0
	end := func() {
		if into == nil {
			s.About = strings.Trim(text.String(), "\n")
		} else {
			*into = parsePart(text.String())
		}
		text.Reset()
	}
	for line := range bytes.Lines(data) {
		number++
		title, ok := title(string(line))
		if !ok {
			text.Write(line)
			continue
		}
		end()
		var err error
		if into, err = s.turn(title); err != nil {
			return s, fmt.Errorf("line %d: %w", number, err)
		}
	}
	end()
	return s, nil
}

// title returns what stands between the dashes of the line that begins a turn.
func title(line string) (string, bool) {
	line, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(line, " --")
}

// turn begins what the title of a turn says, and returns where it goes.
func (s *Script) turn(title string) (*Part, error) {
	fields := strings.Fields(title)
	switch {
	case len(fields) == 3 && fields[0] == ">":
		s.Turns = append(s.Turns, Turn{Method: fields[1], Target: fields[2]})
		return &s.Turns[len(s.Turns)-1].Request, nil
	case len(fields) == 2 && fields[0] == "<" && len(s.Turns) > 0 && s.Turns[len(s.Turns)-1].Status == 0:
		status, err := strconv.Atoi(fields[1])
		if err != nil || status < 100 || status > 999 {
			return nil, fmt.Errorf("%q is no status", fields[1])
		}
		last := &s.Turns[len(s.Turns)-1]
		last.Status = status
		return &last.Answer, nil
	}
	return nil, fmt.Errorf("%q is neither a request nor the answer to one", title)
}

// parsePart reads headers, an empty line and a body. Without headers the empty
// line may be left out, unless the body looks like one.
func parsePart(text string) Part {
	var p Part
	for {
		line, rest, _ := strings.Cut(text, "\n")
		name, value, ok := strings.Cut(line, ": ")
		if !ok || !isName(name) {
			break
		}
		p.Headers = append(p.Headers, Header{name, value})
		text = rest
	}
	p.Body = strings.TrimRight(strings.TrimPrefix(text, "\n"), "\n")
	return p
}

// isName reports whether s can be the name of a header.
func isName(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz-") == ""
}

// Format writes the conversation as [Parse] reads it.
func (s Script) Format() []byte {
	var b bytes.Buffer
	if s.About != "" {
		b.WriteString(s.About + "\n\n")
	}
	for _, t := range s.Turns {
		fmt.Fprintf(&b, "-- > %s %s --\n", t.Method, t.Target)
		t.Request.format(&b)
		if t.Status != 0 {
			fmt.Fprintf(&b, "-- < %d --\n", t.Status)
			t.Answer.format(&b)
		}
	}
	return b.Bytes()
}

func (p Part) format(b *bytes.Buffer) {
	for _, h := range p.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	if p.Body != "" {
		if len(p.Headers) > 0 || parsePart(p.Body).Headers != nil || p.Body[0] == '\n' {
			b.WriteByte('\n')
		}
		b.WriteString(p.Body + "\n")
	}
}

// header returns the headers as net/http has them.
func (p Part) header() http.Header {
	h := http.Header{}
	for _, line := range p.Headers {
		h.Add(line.Name, line.Value)
	}
	return h
}

// like returns the headers that the part names, and those of also, with the
// values that they have in got.
func (p Part) like(got http.Header, also []string) []Header {
	var headers []Header
	var names []string
	for _, h := range p.Headers {
		names = append(names, h.Name)
	}
	for _, name := range append(names, also...) {
		key := textproto.CanonicalMIMEHeaderKey(name)
		if slices.ContainsFunc(headers, func(h Header) bool { return textproto.CanonicalMIMEHeaderKey(h.Name) == key }) {
			continue
		}
		for _, value := range got[key] {
			headers = append(headers, Header{name, value})
		}
	}
	return headers
}
