package contest

import (
	"bufio"
	"strings"
	"testing"
)

func TestAnswerRead(t *testing.T) {
	for _, tt := range []struct {
		name, in      string
		status        int
		session, body string
		wantErr       string
	}{
		{
			name:   "a body with a length",
			in:     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
			status: 200, body: "{}",
		},
		{
			name:   "header names in any case",
			in:     "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nmcp-session-id:  s1 \r\n\r\n{}",
			status: 200, session: "s1", body: "{}",
		},
		{
			name:   "chunks, an extension and a trailer",
			in:     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nDigest: 1\r\n\r\n",
			status: 200, body: "hello world",
		},
		{
			name:   "an accepted notification without a body",
			in:     "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
			status: 202,
		},
		{name: "no framing", in: "HTTP/1.1 200 OK\r\n\r\n{}", wantErr: "neither"},
		{name: "a negative length", in: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", wantErr: "content length"},
		{name: "a chunk size that is no number", in: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", wantErr: "chunk size"},
		{name: "a chunk longer than it says", in: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", wantErr: "end of chunk"},
		{name: "a length beyond the bound", in: "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", wantErr: "larger"},
		{name: "a body that breaks off", in: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", wantErr: "unexpected EOF"},
		{name: "something that is not HTTP", in: "SSH-2.0-x\r\n\r\n", wantErr: "status line"},
		{name: "nothing", in: "", wantErr: "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a answer
			err := a.read(bufio.NewReader(strings.NewReader(tt.in)))
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("read = %v, want an error with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.status != tt.status || string(a.session) != tt.session || string(a.body) != tt.body {
				t.Errorf("read = %d %q %q, want %d %q %q", a.status, a.session, a.body, tt.status, tt.session, tt.body)
			}
		})
	}
}

func TestAnswerReadsOneAfterAnother(t *testing.T) {
	r := bufio.NewReader(strings.NewReader(
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"))
	var a answer
	for _, want := range []string{"one", "two"} {
		if err := a.read(r); err != nil || string(a.body) != want {
			t.Errorf("read = %q, %v, want %q", a.body, err, want)
		}
	}
}

func FuzzAnswerRead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		var a answer
		if err := a.read(bufio.NewReader(strings.NewReader(in))); err == nil && len(a.body) > len(in) {
			t.Errorf("%d bytes of body out of %d bytes", len(a.body), len(in))
		}
	})
}
