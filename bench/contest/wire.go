package contest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// answer is an HTTP/1.1 response: of the head only what the load needs. Its
// slices are good until the next answer is read into it.
type answer struct {
	status  int
	session []byte // Mcp-Session-Id
	body    []byte
}

// maxAnswer bounds the body of an answer.
const maxAnswer = 1 << 20

// read reads one response. It understands the two framings that a server
// may choose for a connection that stays open: a length, and chunks (RFC 9112,
// section 6).
func (a *answer) read(r *bufio.Reader) error {
	line, err := readLine(r)
	if err != nil {
		return err
	}
	if a.status, err = parseStatus(line); err != nil {
		return err
	}
	a.session, a.body = a.session[:0], a.body[:0]
	length, chunked := int64(-1), false
	for {
		if line, err = readLine(r); err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return fmt.Errorf("header line %q", line)
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil || length < 0 {
				return fmt.Errorf("content length %q", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Mcp-Session-Id")):
			a.session = append(a.session, value...)
		}
	}
	switch {
	case chunked:
		return a.readChunks(r)
	case length >= 0:
		return a.readBytes(r, length)
	case a.status == 204:
		return nil
	}
	return errors.New("response has neither a length nor chunks")
}

func (a *answer) readChunks(r *bufio.Reader) error {
	for {
		line, err := readLine(r)
		if err != nil {
			return err
		}
		hex, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(hex)), 16, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("chunk size %q", line)
		}
		if n == 0 {
			return skipTrailers(r)
		}
		if err := a.readBytes(r, n); err != nil {
			return err
		}
		if line, err = readLine(r); err != nil || len(line) != 0 {
			return fmt.Errorf("end of chunk: %q %w", line, err)
		}
	}
}

func (a *answer) readBytes(r *bufio.Reader, n int64) error {
	at := len(a.body)
	if int64(at)+n > maxAnswer {
		return fmt.Errorf("answer larger than %d bytes", maxAnswer)
	}
	a.body = append(a.body, make([]byte, n)...) // the compiler grows in place
	_, err := io.ReadFull(r, a.body[at:])
	return err
}

func skipTrailers(r *bufio.Reader) error {
	for {
		line, err := readLine(r)
		if err != nil || len(line) == 0 {
			return err
		}
	}
}

// readLine returns the next line without its end, good until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

func parseStatus(line []byte) (int, error) {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err := strconv.Atoi(string(code))
	if err != nil || !bytes.Equal(version, []byte("HTTP/1.1")) || status < 200 || status > 599 {
		return 0, fmt.Errorf("status line %q", line)
	}
	return status, nil
}
