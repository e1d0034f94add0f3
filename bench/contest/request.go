package contest

import (
	"bytes"
	"fmt"
	"strconv"
)

// Era is one of the two ways to speak MCP.
type Era int

// The eras.
const (
	Legacy Era = iota // 2025-11-25: initialize, then a session
	Modern            // 2026-07-28: every request stands alone
)

func (e Era) revision() string {
	if e == Modern {
		return "2026-07-28"
	}
	return "2025-11-25"
}

// Target is the endpoint that a request is for.
type Target struct {
	Addr  string // host:port
	Path  string
	Token string // empty where none is asked for
	Tool  string // the name under which it offers add
	List  bool   // the calls list the tools
	Era   Era
}

// method is what the calls are.
func (t Target) method() string {
	if t.List {
		return "tools/list"
	}
	return "tools/call"
}

// request returns the bytes of a POST of body, with the headers that the era
// demands.
func (t Target) request(method, session, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\n", t.Path, t.Addr)
	b.WriteString("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n")
	if t.Token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", t.Token)
	}
	if method != "initialize" {
		fmt.Fprintf(&b, "Mcp-Protocol-Version: %s\r\n", t.Era.revision())
	}
	if session != "" {
		fmt.Fprintf(&b, "Mcp-Session-Id: %s\r\n", session)
	}
	if t.Era == Modern {
		fmt.Fprintf(&b, "Mcp-Method: %s\r\n", method)
		if method == "tools/call" {
			fmt.Fprintf(&b, "Mcp-Name: %s\r\n", t.Tool)
		}
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

const (
	initializeBody  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	initializedBody = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	modernMeta      = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
)

// The operands have seven digits each, and so has their sum: a call is the
// same bytes but for the digits.
const (
	firstA = 1_000_000
	stepA  = 100_000 // from session to session
	firstB = 2_000_000
)

// maxSessions keeps a and the sum at seven digits.
const maxSessions = 64

// call is a tools/call whose id and operands change in place.
type call struct {
	bytes     []byte
	id, b     []byte // digits within bytes
	first, n  int
	sumDigits [7]byte
}

// newCall prepares the calls of the session with that number. No two calls of
// a run ask for the same sum, so an answer that belongs to another call shows.
// A list is asked for with the params of a call, which nobody heeds.
func newCall(t Target, number int, session string) *call {
	meta := ""
	if t.Era == Modern {
		meta = modernMeta
	}
	a := firstA + number*stepA
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{"name":%q,"arguments":{"a":%d,"b":%d}%s}}`,
		firstB, t.method(), t.Tool, a, firstB, meta)
	c := &call{bytes: t.request(t.method(), session, body), first: a + firstB}
	c.id = digitsAfter(c.bytes, `"id":`)
	c.b = digitsAfter(c.bytes, `"b":`)
	return c
}

// next turns to the next call and returns its bytes.
func (c *call) next() []byte {
	c.n = (c.n + 1) % stepA
	strconv.AppendInt(c.id[:0], int64(firstB+c.n), 10)
	strconv.AppendInt(c.b[:0], int64(firstB+c.n), 10)
	return c.bytes
}

// sum returns the digits that the answer to the present call must contain.
func (c *call) sum() []byte {
	return strconv.AppendInt(c.sumDigits[:0], int64(c.first+c.n), 10)
}

func digitsAfter(b []byte, mark string) []byte {
	at := bytes.Index(b, []byte(mark)) + len(mark)
	return b[at : at+7 : at+7]
}
