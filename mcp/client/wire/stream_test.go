package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/mcp"
)

func TestDo(t *testing.T) {
	const note = `{"jsonrpc":"2.0","method":"notifications/x"}`
	for _, tt := range []struct {
		name   string
		answer *http.Response
		hears  string
		kind   error // nil if it is answered
	}{
		{"JSON", say(200, "application/json", done), "", nil},
		{"JSON with a charset", say(200, "Application/JSON; charset=utf-8", done), "", nil},
		{"a batch", say(200, "application/json", "["+note+","+done+"]"), "own notifications/x", nil},
		{"events", say(200, "text/event-stream", "data: "+note+"\n\ndata: "+done+"\n\n"), "own notifications/x", nil},
		{"the answer to another", say(200, "application/json", strings.Replace(done, "1", "2", 1)), "", ErrNonsense},
		{"what is no JSON", say(200, "application/json", "hello"), "", ErrNonsense},
		{"a page", say(200, "text/html", "<p>hello"), "", ErrNonsense},
		{"too much", say(200, "application/json", strings.Repeat(" ", 2<<10)), "", ErrTooLarge},
		{"an event that is too large", say(200, "text/event-stream", "data: "+strings.Repeat("x", 2<<10)+"\n\n"), "", ErrTooLarge},
		{"events that end before the answer", say(200, "text/event-stream", "data: "+note+"\n\n"), "own notifications/x", io.EOF},
		{"nothing", nil, "", io.ErrUnexpectedEOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := new(desk)
			h := NewStream(d.env(t.Context()), server(func(*http.Request) *http.Response { return tt.answer }).endpoint(t)) //nolint:bodyclose // Do does
			m, err := h.Do(t.Context(), d.request("x"))
			if !errors.Is(err, tt.kind) || err == nil && string(m.Result) != "{}" {
				t.Errorf("Do = %s, %v, want %v", m.Result, err, tt.kind)
			}
			if d.heard() != tt.hears {
				t.Errorf("heard %s, want %s", d.heard(), tt.hears)
			}
		})
	}
}

func TestASession(t *testing.T) {
	var seen []string
	d := new(desk)
	h := NewStream(d.env(t.Context()), server(func(r *http.Request) *http.Response {
		seen = append(seen, r.Method+" "+r.Header.Get(mcp.HeaderSession)+" "+r.Header.Get(mcp.HeaderRevision)+" "+r.Header.Get(mcp.HeaderMethod))
		if len(seen) == 4 {
			return say(404, "text/plain", "who?")
		}
		res := say(200, "application/json", done)
		res.Header.Set(mcp.HeaderSession, "s1")
		return res
	}).endpoint(t))
	if _, err := h.Do(t.Context(), d.request(mcp.MethodInitialize)); err != nil || !h.HasID() {
		t.Errorf("initialize: %v, an id: %v", err, h.HasID())
	}
	h.Speak(mcp.R20250618)
	if _, err := h.Do(t.Context(), d.request("x")); err != nil {
		t.Error(err)
	}
	if err := h.Send(t.Context(), mcp.AppendRequest(nil, "", "notifications/x", nil)); err != nil {
		t.Error(err)
	}
	if _, err := h.Do(t.Context(), d.request("x")); !errors.Is(err, ErrGone) {
		t.Errorf("a session that the server has forgotten: %v", err)
	}
	h.Close()
	want := "POST   , POST s1 2025-06-18 , POST s1 2025-06-18 , POST s1 2025-06-18 , DELETE s1 2025-06-18 "
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("requests\n%s\nwant\n%s", got, want)
	}
}

func TestWhatBreaksOffIsGoneOnWithOnlySoOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, tries := new(desk), 0
		h := NewStream(d.env(t.Context()), server(func(r *http.Request) *http.Response {
			if r.Method == http.MethodPost {
				return say(200, "text/event-stream", "id: e1\nretry: 2000\ndata:\n\n")
			}
			if tries++; r.Header.Get("Last-Event-Id") != "e1" {
				t.Errorf("goes on after %q", r.Header.Get("Last-Event-Id"))
			}
			return say(200, "text/event-stream", ": nothing new\n\n")
		}).endpoint(t))
		began := time.Now()
		if _, err := h.Do(t.Context(), d.request("x")); !errors.Is(err, io.ErrUnexpectedEOF) || tries != maxResumes {
			t.Errorf("after %d tries: %v", tries, err)
		}
		if took := time.Since(began); took < maxResumes*2*time.Second {
			t.Errorf("it took %v, and the server asked for 2 s each time", took)
		}
	})
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d, opened := new(desk), 0
		h := NewStream(d.env(ctx), server(func(r *http.Request) *http.Response {
			note := `data: {"jsonrpc":"2.0","method":"notifications/x"}` + "\n\n"
			switch opened++; opened {
			case 1: // breaks off, and says no ids
				return say(200, "text/event-stream", note+"data: nonsense\n\ndata: "+done+"\n\n")
			case 2:
				return nil
			}
			return open(200, "text/event-stream", hang(r, note)) //nolint:bodyclose // who follows does
		}).endpoint(t))
		d.of = d.request("x")
		gone, err := h.Follow()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := "hears notifications/x, told notifications/x, hears notifications/x, told notifications/x"; d.heard() != want || d.missed != 1 || opened != 3 {
			t.Errorf("%s; missed %d, opened %d", d.heard(), d.missed, opened)
		}
		cancel()
		<-gone
		d.work.Wait()
	})
}

func TestAServerWithoutAStream(t *testing.T) {
	for _, status := range []int{405, 202} {
		h := NewStream(new(desk).env(t.Context()), server(func(*http.Request) *http.Response { return say(status, "text/plain", "") }).endpoint(t))
		if _, err := h.Follow(); !errors.Is(err, ErrNoStream) {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func TestListen(t *testing.T) {
	const acked = `data: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{}}` + "\n\n"
	const changed = `data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}` + "\n\n"
	for _, tt := range []struct {
		name  string
		body  func(*http.Request) *http.Response
		first string
		hears int
		kind  error
	}{
		{"changes until the answer", func(*http.Request) *http.Response {
			return say(200, "text/event-stream", acked+changed+changed+"data: "+done+"\n\n"+changed)
		}, mcp.NoteSubscriptionsAcked, 2, nil},
		{"changes until it breaks off", func(*http.Request) *http.Response { return say(200, "text/event-stream", acked+changed) }, mcp.NoteSubscriptionsAcked, 1, nil},
		{"an answer at once", func(*http.Request) *http.Response { return say(200, "application/json", done) }, "", 0, nil},
		{"nothing for too long", func(r *http.Request) *http.Response {
			return open(200, "text/event-stream", hang(r, ": wait\n\n"))
		}, "", 0, context.Canceled},
		{"an event that is too large", func(*http.Request) *http.Response {
			return say(200, "text/event-stream", "data: "+strings.Repeat("x", 2<<10)+"\n\n")
		}, "", 0, ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, heard := new(desk), 0
				h := NewStream(d.env(t.Context()), server(tt.body).endpoint(t))
				h.Speak(mcp.R20260728)
				first, gone, err := h.Listen(t.Context(), d.request(mcp.MethodListen), func(*mcp.Message) { heard++ })
				if !errors.Is(err, tt.kind) || first.Method != tt.first {
					t.Fatalf("Listen = %q, %v, want %q, %v", first.Method, err, tt.first, tt.kind)
				}
				if gone != nil {
					<-gone
				}
				if d.work.Wait(); heard != tt.hears {
					t.Errorf("%d changes, want %d", heard, tt.hears)
				}
			})
		})
	}
}

// Whatever an answer holds, what comes of it is the answer to the request.
func FuzzDo(f *testing.F) {
	f.Add([]byte(done), false)
	f.Add([]byte("data: "+done+"\n\n"), true)
	f.Add([]byte("["+done+`,{"jsonrpc":"2.0","id":"q","method":"ping"}]`), false)
	f.Add([]byte(`{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}`), false)
	f.Fuzz(func(t *testing.T, body []byte, events bool) {
		kind := typeJSON
		if events {
			kind = typeEvents
		}
		d := new(desk)
		h := NewStream(d.env(t.Context()), server(func(*http.Request) *http.Response { return say(200, kind, string(body)) }).endpoint(t))
		h.Speak(mcp.R20260728) // which does not go on with what breaks off
		m, err := h.Do(t.Context(), d.request("x"))
		if err == nil && !m.Answers("1") && (m.ID != "" || m.Error == nil) {
			t.Errorf("answered by %+v", m)
		}
		for _, said := range d.said {
			if !strings.HasPrefix(said, "own ") {
				t.Errorf("a message on the stream of a request: %s", said)
			}
		}
	})
}
