package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/h1"
)

// scripted answers each request on each connection with the same bytes, and
// closes the connection if they ask for it.
type scripted struct {
	answer string
	dials  atomic.Int32
}

func (s *scripted) dial(context.Context, string, string) (net.Conn, error) {
	s.dials.Add(1)
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		for r := bufio.NewReader(theirs); ; {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			if _, err := io.WriteString(theirs, s.answer); err != nil || !strings.Contains(s.answer, "\r\n\r\n") || strings.Contains(s.answer, "until the") {
				return
			}
		}
	}()
	return ours, nil
}

func get(t *testing.T, tr *h1.Transport, method, url, body string) (status int, header http.Header, got string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.RoundTrip(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(b), err
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, answer string
		body                 string
		wrong                string // in the failure
		kept                 bool   // the connection serves the next request
	}{
		{name: "a length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", body: "abc", kept: true},
		{name: "chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", body: "abcde", kept: true},
		{name: "chunks and a trailer", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", body: "a", kept: true},
		{name: "nothing", answer: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", kept: true},
		{name: "no content", answer: "HTTP/1.1 204 No Content\r\n\r\n", kept: true},
		{name: "a head alone", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", kept: true},
		{name: "an interim answer before", answer: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", body: "a", kept: true},
		{name: "bare line feeds", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\n\r\n\r\n", wrong: "no header field"},
		{name: "until the end", answer: "HTTP/1.0 200 OK\r\n\r\nuntil the end", body: "until the end"},
		{name: "a server that closes", answer: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", body: "a"},
		{name: "an old server that keeps", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", body: "a", kept: true},
		{name: "a server that keeps for no time", answer: "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 1\r\n\r\na", body: "a"},
		{name: "more than its length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", body: "a"},
		{name: "two lengths that agree", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", body: "a", kept: true},
		{name: "two lengths that differ", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", wrong: "content length"},
		{name: "length and coding", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", wrong: "both a length"},
		{name: "an unknown coding", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", wrong: "transfer coding"},
		{name: "a negative length", answer: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", wrong: "content length"},
		{name: "less than its length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nuntil the end", wrong: "unexpected EOF"},
		{name: "a chunk that breaks off", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nuntil the", wrong: "unexpected EOF"},
		{name: "garbage", answer: "SSH-2.0-OpenSSH\r\n\r\n", wrong: "begins no answer"},
		{name: "a field without a name", answer: "HTTP/1.1 200 OK\r\n: x\r\n\r\n", wrong: "no header field"},
		{name: "a folded field", answer: "HTTP/1.1 200 OK\r\nA: x\r\n y\r\n\r\n", wrong: "no header field"},
		{name: "nothing at all", answer: "", wrong: "EOF"},
		{name: "a head without an end", answer: "HTTP/1.1 200 OK\r\nA: x", wrong: "EOF"},
		{name: "a head that is too large", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 80) + "\r\n", wrong: "too large"},
		{name: "interim answers for ever", answer: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 9), wrong: "interim"},
		{name: "another protocol", answer: "HTTP/1.1 101 Switching Protocols\r\n\r\n", wrong: "interim"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &scripted{answer: tt.answer}
			tr := &h1.Transport{Dial: s.dial}
			defer tr.CloseIdleConnections()
			method := "POST"
			if tt.method != "" {
				method = tt.method
			}
			for range 2 {
				_, _, body, err := get(t, tr, method, "http://upstream/mcp", "{}")
				if tt.wrong != "" {
					if err == nil || !strings.Contains(err.Error(), tt.wrong) {
						t.Errorf("err = %v, want %q", err, tt.wrong)
					}
					continue
				}
				if err != nil || body != tt.body {
					t.Errorf("body = %q, %v, want %q", body, err, tt.body)
				}
			}
			if kept := s.dials.Load() == 1; kept != tt.kept {
				t.Errorf("%d connections for two requests, want it kept = %t", s.dials.Load(), tt.kept)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Add("Many", "one")
		w.Header().Add("Many", "two")
		fmt.Fprintf(w, "%s %s %s %d %v %s", r.Method, r.RequestURI, r.Header.Get("X-Some"), r.ContentLength, r.TransferEncoding, b)
	}))
	defer server.Close()
	tr := new(h1.Transport)
	defer tr.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/a%20b?c=d", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Some", "thing")
	res, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if want := "POST /a%20b?c=d thing 5 [] hello"; err != nil || string(b) != want {
		t.Errorf("got %q, %v, want %q", b, err, want)
	}
	if many := res.Header["Many"]; len(many) != 2 || many[0] != "one" || many[1] != "two" {
		t.Errorf("Many = %q", many)
	}

	for name, spoil := range map[string]func(*http.Request){
		"a header that ends its line":  func(r *http.Request) { r.Header.Set("X", "a\r\nY: b") },
		"a name that ends its line":    func(r *http.Request) { r.Header["X\r\nY"] = []string{"b"} },
		"a body without a length":      func(r *http.Request) { r.ContentLength = -1 },
		"a body shorter than it says":  func(r *http.Request) { r.ContentLength = 99 },
		"a scheme that nobody can ask": func(r *http.Request) { r.URL.Scheme = "ftp" },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			spoil(r)
			if res, err := tr.RoundTrip(r); err == nil {
				res.Body.Close()
				t.Error("it was sent")
			}
		})
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err == nil {
		w.Write(b)
	}
}

func TestParallelCallsKeepApart(t *testing.T) {
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	tr := &h1.Transport{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}
	defer tr.CloseIdleConnections()
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for n := range 20 {
				want := fmt.Sprint(i, " ", n, strings.Repeat(" x", n*500))
				if _, _, got, err := get(t, tr, "POST", server.URL, want); err != nil || got != want {
					t.Errorf("got %.20q, %v, want %.20q", got, err, want)
				}
			}
		})
	}
	all.Wait()
	if n := conns.Load(); n > 32 {
		t.Errorf("%d connections for 32 callers", n)
	}
}

// A server that closes what is idle is not noticed by its next caller.
func TestClosedWhileIdle(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	tr := new(h1.Transport)
	for range 5 {
		if _, _, got, err := get(t, tr, "POST", server.URL, "x"); err != nil || got != "x" {
			t.Fatalf("got %q, %v", got, err)
		}
		server.CloseClientConnections()
	}
}

func TestCancel(t *testing.T) {
	for _, when := range []string{"before the head", "in the body"} {
		t.Run(when, func(t *testing.T) {
			release, gone := make(chan struct{}), make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if when == "in the body" {
					w.Write([]byte("begin"))
					w.(http.Flusher).Flush()
				}
				close(release)
				<-r.Context().Done()
				close(gone)
			}))
			defer server.Close()
			tr := new(h1.Transport)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-release
				cancel()
			}()
			r, err := http.NewRequestWithContext(ctx, "POST", server.URL, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			res, err := tr.RoundTrip(r)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("err = %v, want the context's", err)
			}
			<-gone // the server has noticed
		})
	}
}

// Who closes a stream in its middle tells the server so.
func TestCloseInTheMiddle(t *testing.T) {
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("begin"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	}))
	defer server.Close()
	tr := new(h1.Transport)
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Error("the server still serves")
	}
	if _, err := res.Body.Read(make([]byte, 1)); err == nil {
		t.Error("a closed body is read")
	}
}

// A large request that is refused before it was read has its answer all the
// same.
func TestRefusedEarly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
			defer c.Close()
		}
	}()
	tr := new(h1.Transport)
	status, _, body, err := get(t, tr, "POST", "http://"+l.Addr().String(), strings.Repeat("x", 32<<20))
	if err != nil || status != 413 || body != "no" {
		t.Errorf("answer = %d %q, %v", status, body, err)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nx",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		tr := &h1.Transport{Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				go io.Copy(io.Discard, theirs)
				theirs.Write(answer)
			}()
			return ours, nil
		}}
		defer tr.CloseIdleConnections()
		status, header, body, err := get(t, tr, "GET", "http://upstream/", "")
		if err != nil {
			return
		}
		for bytes.HasPrefix(answer, []byte("HTTP/1.1 1")) || bytes.HasPrefix(answer, []byte("HTTP/1.0 1")) {
			_, rest, ok := bytes.Cut(answer, []byte("\r\n\r\n"))
			if !ok {
				return
			}
			answer = rest
		}
		// What the standard library reads as well, it reads alike.
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
		if err != nil {
			return
		}
		theirs, err := io.ReadAll(res.Body)
		if err != nil {
			return
		}
		if res.StatusCode != status || string(theirs) != body || len(res.Header) > len(header) {
			t.Errorf("%q is read as %d %q, and by net/http as %d %q", answer, status, body, res.StatusCode, theirs)
		}
	})
}

func BenchmarkRoundTrip(b *testing.B) {
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	}))
	defer server.Close()
	for name, tr := range map[string]http.RoundTripper{"h1": new(h1.Transport), "net/http": &http.Transport{}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), "POST", server.URL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
				if err != nil {
					b.Fatal(err)
				}
				res, err := tr.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
}
