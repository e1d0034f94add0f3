package h1_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/h1"
)

// slow answers each request with "abc", for every part of which it takes its
// time.
type slow struct {
	takes time.Duration
	tls   *tls.Config // nil for none
	dials int
	asked int // requests
}

func (s *slow) dial(context.Context, string, string) (net.Conn, error) {
	s.dials++
	ours, theirs := net.Pipe()
	if s.tls != nil {
		theirs = tls.Server(theirs, s.tls)
	}
	go s.serve(theirs)
	return ours, nil
}

func (s *slow) serve(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		s.asked++
		io.Copy(io.Discard, req.Body)
		for _, part := range []string{"HTTP/1.1 200 OK\r\n", "Content-Length: 3\r\n\r\n", "a", "bc"} {
			time.Sleep(s.takes)
			if _, err := io.WriteString(conn, part); err != nil {
				return
			}
		}
	}
}

func TestServersThatTakeTheirTime(t *testing.T) {
	known := httptest.NewUnstartedServer(nil)
	known.StartTLS()
	known.Close()
	theirs, ours := known.TLS, known.Client().Transport.(*http.Transport).TLSClientConfig
	for name, scheme := range map[string]string{"in the open": "http://", "over TLS": "https://"} {
		setUp := func(takes time.Duration) (*slow, *h1.Transport, string) {
			s := &slow{takes: takes}
			if scheme == "https://" {
				s.tls = theirs
			}
			return s, &h1.Transport{Dial: s.dial, TLS: ours}, scheme + "example.com/"
		}
		t.Run("an answer comes late, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, tr, url := setUp(time.Hour)
				defer tr.CloseIdleConnections()
				for range 2 {
					if _, _, body, err := get(t, tr, "POST", url, "{}"); body != "abc" || err != nil {
						t.Errorf("body = %q, %v", body, err)
					}
				}
				if s.dials != 1 {
					t.Errorf("%d connections, want the one that is kept", s.dials)
				}
			})
		})
		t.Run("nobody waits for it any more, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, tr, url := setUp(time.Hour)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				r, _ := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("{}"))
				began := time.Now()
				if _, err := tr.RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Minute { //nolint:bodyclose // there is none
					t.Errorf("err = %v after %v", err, time.Since(began))
				}
				time.Sleep(time.Hour) // the server sees that nobody listens
			})
		})
	}
	t.Run("a request that has ended before it began is not sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := new(slow)
			tr := &h1.Transport{Dial: s.dial}
			defer tr.CloseIdleConnections()
			if _, _, _, err := get(t, tr, "POST", "http://example.com/", "{}"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			r, _ := http.NewRequestWithContext(ctx, "POST", "http://example.com/", strings.NewReader("{}"))
			if _, err := tr.RoundTrip(r); !errors.Is(err, context.Canceled) || s.asked != 1 { //nolint:bodyclose // there is none
				t.Errorf("err = %v; the server was asked %d times", err, s.asked)
			}
		})
	})
}
