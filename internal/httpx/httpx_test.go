package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
)

func plain(w http.ResponseWriter, r *http.Request, err error) {
	http.Error(w, fault.Public(err), Status(err))
}

func TestObserve(t *testing.T) {
	for _, tt := range []struct {
		name   string
		do     Handler
		status int
		logged []string
	}{
		{"a success is logged at debug level only", func(w http.ResponseWriter, _ *http.Request) error {
			return WriteJSON(w, 200, map[string]int{"a": 1})
		}, 200, nil},
		{"a failure is rendered by its kind and logged with its cause", func(http.ResponseWriter, *http.Request) error {
			return fault.Wrap(errors.New("disk on fire"), fault.Unavailable, "Try again later.")
		}, 503, []string{"status=503", "disk on fire", "id="}},
		{"a panic is answered and logged with its stack", func(http.ResponseWriter, *http.Request) error {
			panic("oops")
		}, 500, []string{"panic: oops", "httpx_test.go"}},
		{"a failure after the answer began is only logged", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(202)
			return errors.New("client went away")
		}, 202, []string{"client went away"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			h := Observe(slog.New(slog.NewTextHandler(&log, nil)), plain, Serve(tt.do, plain))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/x?code=secret", nil))
			if w.Code != tt.status {
				t.Errorf("status = %d, want %d", w.Code, tt.status)
			}
			if id := w.Header().Get("X-Request-Id"); len(id) != 16 {
				t.Errorf("request id = %q", id)
			}
			for _, want := range tt.logged {
				if !strings.Contains(log.String(), want) {
					t.Errorf("log = %s, want %q in it", &log, want)
				}
			}
			if len(tt.logged) == 0 && log.Len() > 0 {
				t.Errorf("log = %s, want nothing", &log)
			}
			if strings.Contains(log.String(), "secret") {
				t.Error("the query is in the log")
			}
			if strings.Contains(w.Body.String(), "disk") || strings.Contains(w.Body.String(), "oops") {
				t.Errorf("body tells a stranger what went wrong inside: %s", w.Body)
			}
		})
	}
}

func TestObserveWhenTheClientIsGone(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"what ended with it is no failure", fmt.Errorf("get: %w", context.Canceled), "level=INFO msg=request"},
		{"what failed for itself is one", errors.New("disk on fire"), "level=ERROR msg=request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			ctx, leave := context.WithCancel(t.Context())
			h := Observe(slog.New(slog.NewTextHandler(&log, nil)), plain, Serve(func(http.ResponseWriter, *http.Request) error {
				leave()
				return tt.err
			}, plain))
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
			if !strings.Contains(log.String(), tt.want) {
				t.Errorf("log = %s, want %s", &log, tt.want)
			}
		})
	}
}

func TestWriteRawSaysWhenToComeBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		known  string
		want   string
	}{
		{"who meets a fault, soon", 503, "", "5"},
		{"who asks too often, later", 429, "", "60"},
		{"a handler that knows better has its way", 429, "3600", "3600"},
		{"nobody else has to wait", 200, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if tt.known != "" {
				w.Header().Set("Retry-After", tt.known)
			}
			if err := WriteRaw(w, tt.status, []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if got := w.Header().Get("Retry-After"); got != tt.want {
				t.Errorf("Retry-After = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTrustProxies(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"a stranger cannot forge its address", "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
		{"a proxy's client is the last hop that is no proxy", "10.0.0.1:1", "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"},
		{"what a client puts in front is not believed", "10.0.0.1:1", "127.0.0.1, 1.2.3.4", "1.2.3.4"},
		{"garbage leaves the proxy's address", "10.0.0.1:1", "1.2.3.4, nonsense", "10.0.0.1"},
		{"a proxy that says nothing is its own client", "10.0.0.1:1", "", "10.0.0.1"},
		{"an IPv6 client counts by its network", "10.0.0.1:1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
		{"a proxy on a mapped address is known", "[::ffff:10.0.0.1]:1", "1.2.3.4", "1.2.3.4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			h := TrustProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Address(r) }))
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("address = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestReadBody(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   string
		length int64
		want   error
	}{
		{"a body at the limit", "12345678", 8, nil},
		{"one byte more, announced", "123456789", 9, fault.TooLarge},
		{"one byte more, chunked", "123456789", -1, fault.TooLarge},
		{"a body that breaks off", "123", 8, fault.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
			r.ContentLength = tt.length
			got, err := ReadBody(httptest.NewRecorder(), r, 8)
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if tt.want == nil && string(got) != tt.body {
				t.Errorf("body = %q", got)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := httptest.NewRecorder()
		e, err := StartEvents(w, 15*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		e.Send(Event{ID: "7", Name: "message", Data: []byte(`{"a":1}`), Retry: time.Second})
		time.Sleep(31 * time.Second) // the bubble's clock, so this takes no time
		synctest.Wait()
		e.Close()
		if err := e.Send(Event{Data: []byte("late")}); err == nil {
			t.Error("a closed stream takes an event")
		}
		want := "event: message\nid: 7\nretry: 1000\ndata: {\"a\":1}\n\n: keep-alive\n\n: keep-alive\n\n"
		if got := w.Body.String(); got != want {
			t.Errorf("stream = %q, want %q", got, want)
		}
	})
}

// timed records until when it may be written.
type timed struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func TestEventsGiveUpOnAStuckClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		e, err := StartEvents(w, 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := e.Send(Event{Data: []byte("1")}); err != nil {
			t.Fatal(err)
		}
		if got := time.Until(w.deadline); got != writeTime {
			t.Errorf("the client has %v to take an event, want %v", got, writeTime)
		}
		e.Close()
		if !w.deadline.IsZero() {
			t.Error("the deadline stays for the next request of the connection")
		}
	})
}

func TestDetach(t *testing.T) {
	var log bytes.Buffer
	var outer, inner string
	h := Observe(slog.New(slog.NewTextHandler(&log, nil)), plain, Serve(func(w http.ResponseWriter, r *http.Request) error {
		ctx, noted := Detach(r.Context())
		outer, inner = RequestID(r.Context()), RequestID(ctx)
		Note(ctx, errors.New("of the work, not of the request"))
		if noted() == nil {
			t.Error("what was noted is lost")
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}, plain))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
	if outer == "" || outer != inner {
		t.Errorf("the id %q became %q", outer, inner)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1:1234":        "192.0.2.1",
		"[::ffff:192.0.2.1]:1":  "192.0.2.1",
		"[2001:db8::1:2]:1":     "2001:db8::/64",
		"[2001:db8::ffff:1]:2":  "2001:db8::/64",
		"[fe80::1%eth0]:2":      "fe80::/64",
		"@":                     "@",
		"worker without a peer": "worker without a peer",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = in
		if got := Address(r); got != want {
			t.Errorf("Address(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestALongAnswerSaysItsLength(t *testing.T) {
	for _, tt := range []struct {
		size int
		want string
	}{{10, ""}, {100_000, "100000"}} {
		w := httptest.NewRecorder()
		if err := WriteRaw(w, http.StatusOK, make([]byte, tt.size)); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Content-Length"); got != tt.want || w.Body.Len() != tt.size {
			t.Errorf("%d bytes: Content-Length %q, want %q", tt.size, got, tt.want)
		}
	}
}
