package legacy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/session"
	"gatehouse/store/mem"
)

const (
	toolsCall = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}`
	progress  = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}`
	result    = `{"jsonrpc":"2.0","id":7,"result":{"ok":true}}`
)

// steps is a call that reports progress, waits, and ends.
func steps(wait time.Duration) func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return func(ctx context.Context, _ *mcp.Request, p mcp.Peer) (mcp.Result, error) {
		if err := p.Notify(ctx, mcp.NoteProgress, jsontext.Value(`{"progress":1}`)); err != nil {
			return mcp.Result{}, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return mcp.Result{}, ctx.Err()
		}
		return mcp.Result{Raw: jsontext.Value(`{"ok":true}`)}, nil
	}
}

// silent is a call that says nothing until its end.
func silent(wait time.Duration) func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
	return func(ctx context.Context, _ *mcp.Request, _ mcp.Peer) (mcp.Result, error) {
		select {
		case <-time.After(wait):
			return mcp.Result{Raw: jsontext.Value(`{"ok":true}`)}, nil
		case <-ctx.Done():
			return mcp.Result{}, ctx.Err()
		}
	}
}

func TestAnswerKind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		call   func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error)
		accept string
		kind   string
		want   []string
	}{
		{"a quick call is answered with JSON", silent(time.Millisecond), "application/json, text/event-stream", typeJSON, nil},
		{"a call that speaks is answered with a stream", steps(0), "application/json, text/event-stream", typeEvents, []string{progress, result}},
		{"a slow call is answered with a stream", silent(time.Minute), "application/json, text/event-stream", typeEvents, []string{result}},
		{"a client may take JSON alone", steps(time.Minute), "application/json", typeJSON, nil},
		{"a client may take streams alone", silent(0), "text/event-stream", typeEvents, []string{result}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHandler(&fake{call: tt.call})
				w := send(t, h, alice, open(t, h, mcp.R20250618), toolsCall, "Accept", tt.accept)
				<-w.done
				if got := w.header.Get("Content-Type"); got != tt.kind || w.status != http.StatusOK {
					t.Errorf("answer is %d %s, want %s", w.status, got, tt.kind)
				}
				if tt.kind == typeJSON {
					if w.text() != result {
						t.Errorf("got %s", w.text())
					}
					return
				}
				if got := w.messages(); !slices.Equal(got, tt.want) {
					t.Errorf("got  %q\nwant %q", got, tt.want)
				}
			})
		})
	}
}

func TestSlowBeginsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: silent(50 * time.Second)})
		w := send(t, h, alice, open(t, h, mcp.R20251125), toolsCall)
		time.Sleep(2*time.Second + time.Millisecond)
		if got := w.frames(); len(got) != 1 || got[0].id == "" || got[0].data != "" || got[0].retry != "1000" {
			t.Errorf("after a second got %+v, want the event that primes", got)
		}
		time.Sleep(48 * time.Second)
		if got := strings.Count(w.text(), ": keep-alive"); got != 3 {
			t.Errorf("%d keep-alive comments in 48 seconds", got)
		}
		<-w.done
	})
}

func TestPriming(t *testing.T) {
	for _, tt := range []struct {
		revision mcp.Revision
		primes   bool
	}{{mcp.R20250326, false}, {mcp.R20250618, false}, {mcp.R20251125, true}} {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: steps(0)})
			w := send(t, h, alice, open(t, h, tt.revision), toolsCall)
			if got := w.frames()[0].data == ""; got != tt.primes {
				t.Errorf("%s: primed is %v", tt.revision, got)
			}
		})
	}
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: steps(time.Minute)})
		id := open(t, h, mcp.R20251125)

		first := send(t, h, alice, id, toolsCall)
		seen := first.frames()
		if len(seen) != 2 {
			t.Fatalf("got %+v", seen)
		}
		first.disconnect()

		again := get(t, h, alice, id, seen[0].id)
		if got := again.messages(); !slices.Equal(got, []string{progress}) {
			t.Errorf("after the first event: %q", got)
		}
		again.disconnect()
		time.Sleep(2 * time.Minute) // the call ends while nobody is there

		if got := get(t, h, alice, id, seen[1].id); !slices.Equal(got.messages(), []string{result}) || !got.ended() {
			t.Errorf("after the second event: %q, ended %v", got.messages(), got.ended())
		}
		rest := get(t, h, alice, id, seen[0].id)
		if got := rest.messages(); !slices.Equal(got, []string{progress, result}) {
			t.Errorf("after the first event again: %q", got)
		}
		last := rest.frames()[len(rest.frames())-1]
		if got := get(t, h, alice, id, last.id); got.status != http.StatusNoContent {
			t.Errorf("after the last event: %d, want no content", got.status)
		}
	})
}

func TestResumeOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&fake{call: steps(time.Minute)})
		mine, other := open(t, h, mcp.R20251125), open(t, h, mcp.R20251125)
		w := send(t, h, alice, mine, toolsCall)
		for _, tt := range []struct {
			name, lastEvent string
			want            int
		}{
			{"another session's stream", w.frames()[0].id, http.StatusNoContent},
			{"no id of an event", "nonsense", http.StatusNoContent},
			{"a number that is none", "MQ==-ABC.!", http.StatusNoContent},
			{"an unknown stream of no request", "-ABC.1", http.StatusNoContent},
			{"the end of a stream that was lost", noStream, http.StatusNoContent},
		} {
			if got := get(t, h, alice, other, tt.lastEvent); got.status != tt.want || got.text() != "" {
				t.Errorf("%s: %d %q", tt.name, got.status, got.text())
			}
		}
		<-w.done
	})
}

func TestOrphans(t *testing.T) {
	t.Run("a call outlives its client for a while only", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: silent(time.Hour)})
			w := send(t, h, alice, open(t, h, mcp.R20251125), toolsCall)
			time.Sleep(time.Minute)
			w.disconnect()
			time.Sleep(orphanLife - time.Second)
			if w.ended() || h.orphans.count.Load() != 1 {
				t.Errorf("ended is %v, %d orphans", w.ended(), h.orphans.count.Load())
			}
			time.Sleep(2 * time.Second)
			if !w.ended() || h.orphans.count.Load() != 0 {
				t.Errorf("ended is %v, %d orphans", w.ended(), h.orphans.count.Load())
			}
		})
	})
	t.Run("so many and no more go on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: silent(time.Minute)})
			h.orphans.count.Store(maxOrphans)
			w := send(t, h, alice, open(t, h, mcp.R20251125), toolsCall)
			w.disconnect()
			time.Sleep(2 * time.Second) // then it is heeded who is there
			synctest.Wait()
			if !w.ended() || h.orphans.count.Load() != maxOrphans {
				t.Errorf("ended is %v, %d orphans", w.ended(), h.orphans.count.Load())
			}
		})
	})
}

func TestReplayIsBounded(t *testing.T) {
	t.Run("in bytes", func(t *testing.T) {
		p := new(replay)
		early, late := newStream(p, "s", `1`), newStream(p, "s", `2`)
		early.send(make([]byte, 100))
		early.finish()
		for range 100 {
			late.send(make([]byte, replayBytes/50))
		}
		if p.bytes > replayBytes || p.find(early.name) != nil {
			t.Errorf("%d bytes kept, the finished stream among them: %v", p.bytes, p.find(early.name) != nil)
		}
		if kept := p.after(late, 0); len(kept) == 0 || kept[len(kept)-1].seq != 100 {
			t.Errorf("%d events kept, want the last ones", len(kept))
		}
	})
	t.Run("in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := new(replay)
			old, young := newStream(p, "s", `1`), newStream(p, "s", `2`)
			old.send([]byte("x"))
			time.Sleep(replayAge + time.Second)
			young.send([]byte("x"))
			if len(p.after(old, 0)) != 0 || len(p.after(young, 0)) != 1 {
				t.Error("the old event is kept, or the young one is not")
			}
		})
	})
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		before := newHandler(&fake{call: steps(time.Hour)})
		before.Sessions = session.New(kv, session.Config{})
		id := open(t, before, mcp.R20251125)
		call := send(t, before, alice, id, toolsCall)
		stream := get(t, before, alice, id, "")

		after := newHandler(&fake{call: echo})
		after.Sessions = session.New(kv, session.Config{})
		if w := post(t, after, toolsCall, mcp.HeaderSession, id); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"name":"x"`) {
			t.Errorf("a call goes on with %d %s", w.Code, w.Body)
		}
		lost := get(t, after, alice, id, call.frames()[1].id)
		if got := lost.text(); !strings.Contains(got, `"id":7,"error"`) || !lost.ended() {
			t.Errorf("the lost call is answered %q", got)
		}
		if got := get(t, after, alice, id, lost.frames()[0].id); got.status != http.StatusNoContent {
			t.Errorf("after that answer = %d", got.status)
		}
		if w := get(t, after, alice, id, stream.frames()[0].id); w.ended() || w.status != http.StatusOK {
			t.Errorf("the stream goes on with %d, ended %v", w.status, w.ended())
		}
	})
}

func TestStreamsEnd(t *testing.T) {
	t.Run("with the last token of the session", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := newHandler(&fake{call: echo})
			who := alice
			who.Expires = time.Now().Add(time.Hour)
			id := openAs(t, h, who, mcp.R20251125)
			w := get(t, h, who, id, "")
			time.Sleep(30 * time.Minute)
			who.Expires = time.Now().Add(time.Hour)
			send(t, h, who, id, toolsCall)
			time.Sleep(45 * time.Minute)
			if w.ended() {
				t.Error("the stream ended although a newer token was seen")
			}
			time.Sleep(time.Hour)
			if !w.ended() {
				t.Error("the stream outlived the token")
			}
		})
	})
	t.Run("with the session", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan string, 1)
			h := newHandler(&fake{call: silent(time.Hour), ended: ended})
			id := open(t, h, mcp.R20251125)
			w, call := get(t, h, alice, id, ""), send(t, h, alice, id, toolsCall)
			if got := remove(t, h, id); got != http.StatusNoContent {
				t.Fatalf("DELETE = %d", got)
			}
			synctest.Wait()
			if !w.ended() || !call.ended() {
				t.Errorf("the session is over, the stream: %v, the call: %v", w.ended(), call.ended())
			}
			if got := <-ended; got != id {
				t.Errorf("the gateway hears of the end of %q", got)
			}
			if got := post(t, h, toolsCall, mcp.HeaderSession, id); got.Code != http.StatusNotFound {
				t.Errorf("a call afterwards = %d", got.Code)
			}
			if got := remove(t, h, id); got != http.StatusNotFound {
				t.Errorf("a second DELETE = %d", got)
			}
			if len(h.conns) != 0 {
				t.Errorf("%d conns are left", len(h.conns))
			}
		})
	})
	t.Run("with the host", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			closing := make(chan struct{})
			h := newHandler(&fake{call: steps(time.Minute)})
			h.Closing = closing
			id := open(t, h, mcp.R20251125)
			w, call := get(t, h, alice, id, ""), send(t, h, alice, id, toolsCall)
			close(closing)
			synctest.Wait()
			if !w.ended() || w.err != nil {
				t.Errorf("the stream ended: %v, %v", w.ended(), w.err)
			}
			<-call.done
			if got := call.messages(); !slices.Equal(got, []string{progress, result}) {
				t.Errorf("the call under way got %q", got)
			}
		})
	})
}

func TestGetAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(new(fake))
		id := open(t, h, mcp.R20251125)
		for _, tt := range []struct {
			name    string
			headers map[string]string
			want    int
		}{
			{"no session", map[string]string{"Accept": typeEvents}, http.StatusBadRequest},
			{"an unknown session", map[string]string{"Accept": typeEvents, mcp.HeaderSession: "nope"}, http.StatusNotFound},
			{"a page", map[string]string{"Accept": "text/html", mcp.HeaderSession: id}, http.StatusNotAcceptable},
			{"an unknown revision", map[string]string{mcp.HeaderSession: id, mcp.HeaderRevision: "1999-01-01"}, http.StatusBadRequest},
			{"all as it should be", map[string]string{"Accept": typeEvents, mcp.HeaderSession: id, mcp.HeaderRevision: "2025-11-25"}, http.StatusOK},
		} {
			r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
			for name, value := range tt.headers {
				r.Header.Set(name, value)
			}
			w := serve(t, r, func(w http.ResponseWriter, r *http.Request) error { return h.Get(w, r, alice) })
			if w.status != tt.want {
				t.Errorf("%s: %d %s, want %d", tt.name, w.status, w.text(), tt.want)
			}
		}
	})
}

func TestStreamsOfOnePerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(new(fake))
		h.Streams = 2
		id := open(t, h, mcp.R20251125)
		first := get(t, h, alice, id, "")
		get(t, h, alice, id, "")
		if got := get(t, h, alice, id, ""); got.status != http.StatusTooManyRequests {
			t.Errorf("the third stream = %d", got.status)
		}
		first.disconnect()
		if got := get(t, h, alice, id, ""); got.status != http.StatusOK {
			t.Errorf("after one has ended = %d", got.status)
		}
	})
}

// TestLongStream holds a stream open for longer than an idle session lives.
func TestLongStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := new(mem.KV)
		h := newHandler(&fake{call: echo})
		h.Sessions = session.New(kv, session.Config{})
		id := open(t, h, mcp.R20251125)
		get(t, h, alice, id, "")
		time.Sleep(72 * time.Hour)
		if w := post(t, h, toolsCall, mcp.HeaderSession, id); w.Code != http.StatusOK {
			t.Errorf("a call = %d", w.Code)
		}
		if _, err := session.New(kv, session.Config{}).Find(t.Context(), alice.Subject, id); err != nil {
			t.Errorf("the store has lost the session: %v", err)
		}
	})
}

func FuzzParseEventID(f *testing.F) {
	f.Add(newStream(new(replay), "s", `7`).eventID(12))
	f.Add(newStream(new(replay), "s", mainStream).eventID(0))
	f.Add("Ik==-x.1")
	f.Fuzz(func(t *testing.T, id string) {
		name, seq, ok := parseEventID(id)
		if !ok {
			return
		}
		if seq < 0 || !strings.HasPrefix(id, name) {
			t.Errorf("parseEventID(%q) = %q, %d", id, name, seq)
		}
		if request, ok := answeredBy(name); ok {
			message := mcp.AppendError(nil, request, &mcp.Error{Code: -1})
			if _, err := mcp.Decode(message); err != nil && len(message) < 1<<10 {
				t.Errorf("a request of the id %q would be answered with %s", request, message)
			}
		}
	})
}

func TestNameOfStream(t *testing.T) {
	for _, id := range []mcp.ID{`7`, `"a"`, `-1.5e3`, `"` + mcp.ID(strings.Repeat("x", 80)) + `"`} {
		s := newStream(new(replay), "s", id)
		name, seq, ok := parseEventID(s.eventID(40))
		if got, known := answeredBy(name); !ok || seq != 40 || got != id || !known {
			t.Errorf("%s: event %d of %q (%v) answers %s", id, seq, name, ok, got)
		}
	}
	for _, id := range []mcp.ID{mainStream, "", mcp.ID(strconv.Quote(strings.Repeat("x", 500)))} {
		s := newStream(new(replay), "s", id)
		if got, ok := answeredBy(s.name); ok {
			t.Errorf("the stream of %.20q answers %s", id, got)
		}
	}
}
