package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"gatehouse/mcp"
)

// upstream is an MCP server with one tool, add, that does as little as a
// server can that still reads what it is asked: the gateway's own cost is to
// show, and not the backend's. It serves both eras, and counts.
type upstream struct {
	requests, connections atomic.Int64
}

// The answers that are the same for everybody. What begins with complete is of
// the newer era.
const (
	complete         = `"resultType":"complete",`
	initializeResult = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"upstream","version":"1"}}`
	discoverResult   = `{` + complete + `"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"upstream","version":"1"},"ttlMs":3600000,"cacheScope":"public"}`
	listResult       = `{` + complete + `"tools":[` + addTool + `],"ttlMs":3600000,"cacheScope":"public"}`
	addTool          = `{"name":"add","description":"Adds two numbers.","inputSchema":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}}}}`
)

// manyTools is how many tools the upstream lists at /many, and more than the
// host shows on a page when its own are added. One of them is oneTool.
const (
	manyTools = 1000
	oneTool   = "tool_500"
)

// manyResult lists them, in the size that tools have.
var manyResult = sync.OnceValue(func() []byte {
	b := []byte(`{` + complete + `"tools":[` + addTool)
	for i := range manyTools {
		b = fmt.Appendf(b, `,{"name":"tool_%d","description":"Does what the tool of this number does, and says so in a sentence or two.",`+
			`"inputSchema":{"type":"object","properties":{"a":{"type":"number","description":"the first"},"b":{"type":"number","description":"the second"}},"required":["a","b"]},`+
			`"annotations":{"readOnlyHint":true}}`, i)
	}
	return append(b, `],"ttlMs":3600000,"cacheScope":"public"}`...)
})

// ServeHTTP answers one message. In the era that the upstream is not of, it
// behaves as a server that has never heard of it.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/counts" {
		fmt.Fprintf(w, "%d %d\n", u.requests.Load(), u.connections.Load())
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	u.requests.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	m, err := mcp.Decode(body)
	if err != nil {
		http.Error(w, "no message", http.StatusBadRequest)
		return
	}
	if mcp.IsModern(r.Header, &m) != (r.URL.Path != "/legacy") {
		http.Error(w, "Bad Request: Server not initialized", http.StatusBadRequest)
		return
	}
	if !m.IsRequest() {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	result := answer(&m)
	switch {
	case r.URL.Path == "/legacy":
		result = bytes.Replace(result, []byte(complete), nil, 1)
	case r.URL.Path == "/many" && m.Method == mcp.MethodToolsList:
		result = manyResult()
	}
	if result == nil {
		write(w, mcp.AppendError(nil, m.ID, mcp.MethodNotFound(m.Method)))
		return
	}
	if m.Method == mcp.MethodInitialize {
		w.Header()[mcp.HeaderSession] = []string{"session"}
	}
	write(w, mcp.AppendResult(nil, m.ID, result))
}

var jsonType = []string{"application/json"}

func write(w http.ResponseWriter, body []byte) {
	w.Header()["Content-Type"] = jsonType
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.Write(body)
}

// answer is the result of a request; nil if the method is none of ours.
func answer(m *mcp.Message) []byte {
	switch m.Method {
	case mcp.MethodInitialize:
		return []byte(initializeResult)
	case mcp.MethodDiscover:
		return []byte(discoverResult)
	case mcp.MethodToolsList:
		return []byte(listResult)
	case mcp.MethodPing:
		return []byte(`{}`)
	case mcp.MethodToolsCall:
		sum := number(m.Params, `"a":`) + number(m.Params, `"b":`)
		return fmt.Appendf(nil, `{`+complete+`"content":[{"type":"text","text":"%d"}]}`, sum)
	}
	return nil
}

// number reads the digits after a mark. The load is ours, so that is enough.
func number(params []byte, mark string) (n int) {
	_, rest, _ := bytes.Cut(params, []byte(mark))
	for _, c := range bytes.TrimLeft(rest, " ") {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// lines serves the tool over standard input and output, until the input ends.
func lines(in io.Reader, out io.Writer) error {
	messages := bufio.NewScanner(in)
	for messages.Scan() {
		m, err := mcp.Decode(messages.Bytes())
		if err != nil || !m.IsRequest() {
			continue
		}
		said := mcp.AppendError(nil, m.ID, mcp.MethodNotFound(m.Method))
		if result := answer(&m); result != nil {
			said = mcp.AppendResult(nil, m.ID, result)
		}
		if _, err := out.Write(append(said, '\n')); err != nil {
			return err
		}
	}
	return messages.Err()
}

// count counts the connections that are made.
func (u *upstream) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		u.connections.Add(1)
	}
}
