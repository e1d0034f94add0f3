package h1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// maxHead bounds the head of an answer.
const maxHead = 64 << 10

// readHead reads the head of the answer, past the interim ones.
func (c *conn) readHead(r *http.Request) (*http.Response, error) {
	for range interimMost {
		res, err := c.readOne()
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= 200 {
			res.Request = r
			return res, nil
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			break
		}
	}
	return nil, errors.New("h1: the server answers with nothing but interim answers")
}

func (c *conn) readOne() (*http.Response, error) {
	if _, err := c.reader.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, c.broken(err)
	}
	block, err := c.readBlock()
	if err != nil {
		return nil, err
	}
	return parseHead(string(block))
}

// readBlock reads lines up to an empty one. What it returns is good until the
// next read.
func (c *conn) readBlock() ([]byte, error) {
	// As nearly always all of it has come, and is taken as it lies there.
	lying, _ := c.reader.Peek(c.reader.Buffered())
	if end := bytes.Index(lying, []byte("\r\n\r\n")); end >= 0 {
		c.reader.Discard(end + 4)
		return lying[:end+2], nil
	}
	var block []byte
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return nil, fmt.Errorf("h1: read the head of an answer: %w", err)
		}
		if string(line) == "\r\n" {
			return block, nil
		}
		if block = append(block, line...); len(block) > maxHead {
			return nil, errors.New("h1: the head of an answer is too large")
		}
	}
}

// parseHead reads a status line and header fields. All values are parts of
// the one string. A line ends with CR and LF, and has neither in it: who reads
// such lines otherwise than we do would see another answer.
func parseHead(block string) (*http.Response, error) {
	line, rest, _ := strings.Cut(block, "\r\n")
	version, status, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(status, " ")
	n, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || n < 100 || !isLine(status) || version != "HTTP/1.1" && version != "HTTP/1.0" {
		return nil, fmt.Errorf("h1: %.40q begins no answer", line)
	}
	res := &http.Response{
		Status: status, StatusCode: n,
		Proto: version, ProtoMajor: 1, ProtoMinor: int(version[7] - '0'),
		Header:        make(http.Header, 8),
		ContentLength: -1,
	}
	values := make([]string, 0, 8)
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) || !isLine(value) {
			return nil, fmt.Errorf("h1: %.40q is no header field", line)
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		value = strings.Trim(value, " \t")
		if before := res.Header[name]; before != nil {
			res.Header[name] = append(before, value)
			continue
		}
		if len(values) == cap(values) {
			values = make([]string, 0, 8)
		}
		values = append(values, value)
		res.Header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return res, nil
}

// isToken reports whether a name can be that of a field (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		case strings.IndexByte("!#$%&'*+.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}

// isLine reports whether nothing in a text ends the line that it stands in.
func isLine(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == '\r' || c == '\n' || c == 0 {
			return false
		}
	}
	return true
}

// patience is how long the server keeps the connection after an answer; zero
// if it does not.
func patience(res *http.Response) time.Duration {
	persists := res.ProtoMinor == 1
	for _, value := range res.Header["Connection"] {
		for option := range strings.SplitSeq(value, ",") {
			switch option = strings.TrimSpace(option); {
			case strings.EqualFold(option, "close"):
				return 0
			case strings.EqualFold(option, "keep-alive"):
				persists = true
			}
		}
	}
	if !persists {
		return 0
	}
	said := res.Header["Keep-Alive"]
	if len(said) == 0 {
		return idleTime
	}
	for parameter := range strings.SplitSeq(said[0], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if seconds, err := strconv.Atoi(value); err == nil && strings.EqualFold(name, "timeout") {
			// The server's clock began before ours.
			return min(idleTime, max(0, time.Duration(seconds)*time.Second-500*time.Millisecond))
		}
	}
	return idleTime
}
