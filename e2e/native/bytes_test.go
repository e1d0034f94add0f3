package native

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// TestHostileBytes speaks to the port as no client should. Whatever it says,
// others are served, and nothing of it stays.
func TestHostileBytes(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	token := p.personal(t, "ada", "math")
	p.WantSum(t, token, 1, 1)
	files := p.files()

	t.Run("what is not HTTP, or too much of it, is refused", func(t *testing.T) { p.refuses(t, token) })
	t.Run("clients that vanish take nothing with them", func(t *testing.T) { p.outlives(t, token) })
	t.Run("1000 connections that say nothing", func(t *testing.T) { p.ignores(t, token, files, 1000) })
	t.Run("those who speak slowly hold up nobody, and are hung up on", func(t *testing.T) { p.endures(t, token, 200) })

	if i := bytes.Index(p.log.Tail(64<<20), []byte("level=ERROR")); i >= 0 {
		t.Errorf("strangers can have the operator alarmed:\n%.300s", p.log.Tail(64 << 20)[i:])
	}
	p.Client.CloseIdleConnections()
	p.awaitFiles(t, 0, files+8)
	if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil { // makes a Go program say what it is doing
		t.Fatal(err)
	}
	<-p.exited
	n := bytes.Count(p.log.Tail(64<<20), []byte("\ngoroutine "))
	t.Logf("%d files were open, and %d goroutines ran at the end", files, n)
	if n == 0 || n > 40 {
		t.Errorf("%d goroutines ran at the end", n)
	}
}

func (p *process) refuses(t *testing.T, token string) {
	post := func(path, header, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + p.addr + "\r\nAuthorization: Bearer " + token +
			"\r\nContent-Type: application/json\r\n" + header + "\r\n" + body
	}
	sized := func(body string) string {
		return post("/mcp", fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)
	}
	host := "Host: " + p.addr + "\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	long := strings.Repeat("a", 64<<10)
	for _, tt := range []struct {
		name, raw string
		status    int
	}{
		{"a request line of garbage", "\x00\x01\x02 garbage\r\n\r\n", 400},
		{"a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		{"a header that is too long", "GET / HTTP/1.1\r\n" + host + "X: " + long + "\r\n\r\n", 431},
		{"too many headers", "GET / HTTP/1.1\r\n" + host + strings.Repeat("X: y\r\n", 20_000) + "\r\n", 431},
		{"a path that is too long", "GET /" + long + " HTTP/1.1\r\n" + host + "\r\n", 431},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two Hosts", "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n", 400},
		{"the Host of another", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
		{"the address of another", "GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", 403},
		{"a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 403},
		{"HTTP of the future", "GET / HTTP/3.0\r\n" + host + "\r\n", 505},
		{"a NUL in a header", "GET / HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n", 400},
		{"a space before the colon", "GET / HTTP/1.1\r\n" + host + "X : y\r\n\r\n", 400},
		{"two lengths", post("/mcp", "Content-Length: 2\r\nContent-Length: 3\r\n", "{}x"), 400},
		{"a negative length", post("/mcp", "Content-Length: -2\r\n", "{}"), 400},
		{"a coding that nobody knows", post("/mcp", "Transfer-Encoding: xchunked\r\n", "{}"), 501},
		{"an expectation that nobody knows", post("/mcp", "Expect: the-unexpected\r\nContent-Length: 2\r\n", "{}"), 417},
		{"a chunk of no size", post("/mcp", chunked, "zz\r\n{}\r\n0\r\n\r\n"), 400},
		{"a chunk that is longer than said", post("/mcp", chunked, "2\r\n{}{}\r\n0\r\n\r\n"), 400},
		{"chunks beyond the limit", post("/mcp", chunked, strings.Repeat("10000\r\n"+long+"\r\n", 65)+"0\r\n\r\n"), 413},
		{"a length beyond the limit", post("/mcp", "Content-Length: 4194305\r\n", ""), 413},
		{"a registration beyond its limit", post("/register", chunked, strings.Repeat("10000\r\n"+long+"\r\n", 2)+"0\r\n\r\n"), 413},
		{"a body that is not UTF-8", sized("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}"), 400},
		{"a body without a bottom", sized(strings.Repeat("[", 1<<20)), 400},
		{"a body of nothing", sized(""), 400},
		{"a name that comes twice", sized(`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`), 400},
		{"a token in two headers", post("/mcp", "Authorization: Bearer x\r\nContent-Length: 2\r\n", "{}"), 400},
		{"a path that climbs", "GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n", 307},
		{"a path with a NUL", "GET /%00 HTTP/1.1\r\n" + host + "\r\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, err := p.raw(tt.raw); err != nil || status != tt.status {
				t.Errorf("answer = %d, %v, want %d", status, err, tt.status)
			}
			p.WantSum(t, token, 2, 2)
		})
	}
}

// raw sends bytes and returns the status of what comes back.
func (p *process) raw(text string) (status int, err error) {
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	go io.WriteString(conn, text) // the answer may come before the end of it
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// outlives has clients vanish at every point of a request, and while it is
// served.
func (p *process) outlives(t *testing.T, token string) {
	text := func(path, header, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + p.addr + "\r\nAuthorization: Bearer " + token + "\r\n" + header +
			fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	}
	const kind = "Content-Type: application/json\r\n"
	call := text("/mcp", kind+"Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: add\r\n",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2},`+road.Meta+`}}`)
	for end := range len(call) {
		p.drop(t, call[:end+1], end%2 == 0)
	}
	for _, tt := range []struct {
		request string
		status  int
	}{
		{call, 200},
		{text("/mcp", kind+"Accept: application/json, text/event-stream\r\n", road.Initialize), 200},
		{text("/register", kind, road.Registration), 201},
		{text("/token", "Content-Type: application/x-www-form-urlencoded\r\n", "grant_type=refresh_token&client_id=gth_ci_x&refresh_token=y"), 401},
	} {
		if status, err := p.raw(tt.request); err != nil || status != tt.status {
			t.Errorf("the whole request = %d, %v, want %d: %s", status, err, tt.status, tt.request)
		}
		for i := range 200 {
			p.drop(t, tt.request, i%2 == 0)
		}
	}
	p.WantSum(t, token, 3, 3)
}

// drop sends a text and goes away, in one of the two ways of TCP.
func (p *process) drop(t *testing.T, text string, reset bool) {
	t.Helper()
	conn := p.dial(t)
	io.WriteString(conn, text)
	if reset {
		time.Sleep(100 * time.Microsecond) // or what was sent may go with it
		conn.(*net.TCPConn).SetLinger(0)
	}
	conn.Close()
}

// ignores opens many connections that say nothing, and closes them.
func (p *process) ignores(t *testing.T, token string, files, n int) {
	p.awaitFiles(t, 0, files+8)
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = p.dial(t)
	}
	p.awaitFiles(t, n, n+files+8)
	p.WantSum(t, token, 4, 4)
	for _, conn := range conns {
		conn.Close()
	}
	p.awaitFiles(t, 0, files+8)
}

// endures has clients send their headers and bodies a byte at a time, for
// longer than the server waits for headers.
func (p *process) endures(t *testing.T, token string, n int) {
	headers, bodies := make([]net.Conn, n), make([]net.Conn, n)
	for i := range n {
		headers[i], bodies[i] = p.dial(t), p.dial(t)
		defer headers[i].Close()
		defer bodies[i].Close()
		io.WriteString(headers[i], "POST /mcp HTTP/1.1\r\nHost: "+p.addr+"\r\nX: ")
		io.WriteString(bodies[i], "POST /mcp HTTP/1.1\r\nHost: "+p.addr+"\r\nAuthorization: Bearer "+token+
			"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	}
	hungUp := make([]bool, n)
	deadline := time.Now().Add(20 * time.Second)
	for left := n; left > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d are still listened to", left, n)
		}
		var wg sync.WaitGroup
		for i := range n {
			if hungUp[i] {
				continue
			}
			wg.Go(func() {
				io.WriteString(headers[i], "x")
				io.WriteString(bodies[i], " ")
				headers[i].SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				_, err := headers[i].Read(make([]byte, 512))
				hungUp[i] = err != nil && !os.IsTimeout(err)
			})
		}
		began := time.Now()
		p.WantSum(t, token, 5, 5)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("meanwhile a call took %v", took)
		}
		wg.Wait()
		left = 0
		for _, gone := range hungUp {
			if !gone {
				left++
			}
		}
	}
}

func (p *process) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", p.addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// files returns how many files the process has open, or 0 where the system
// does not tell.
func (p *process) files() int {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return len(open)
}

// awaitFiles waits until the process has at least and at most so many open.
func (p *process) awaitFiles(t *testing.T, least, most int) {
	t.Helper()
	if p.files() == 0 {
		return
	}
	for range 100 {
		if n := p.files(); least <= n && n <= most {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%d files stay open, want %d to %d", p.files(), least, most)
}
