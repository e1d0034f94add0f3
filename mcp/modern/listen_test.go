package modern_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/modern"
)

const wantsTools = `"notifications":{"toolsListChanged":true,"promptsListChanged":true},`

// watching is a gateway that honours changes of tools and tells of what
// happens.
func watching(happens func(notify func(string, jsontext.Value))) behind {
	return behind{watch: func(_ context.Context, c mcp.Changes, notify func(string, jsontext.Value)) (mcp.Changes, error) {
		happens(notify)
		return mcp.Changes{Tools: c.Tools, URIs: c.URIs}, nil
	}}
}

// frames returns the data of the events in a body.
func frames(w *httptest.ResponseRecorder) []string {
	var all []string
	for line := range strings.Lines(w.Body.String()) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			all = append(all, strings.TrimSpace(data))
		}
	}
	return all
}

func TestListen(t *testing.T) {
	const (
		ack = `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
		end = `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`
	)
	synctest.Test(t, func(t *testing.T) {
		closing := make(chan struct{})
		time.AfterFunc(20*time.Second, func() { close(closing) })
		h := &modern.Handler{Closing: closing, Gateway: watching(func(notify func(string, jsontext.Value)) {
			notify(mcp.NoteToolsChanged, nil)
			notify(mcp.NoteToolsChanged, nil) // said once is enough
			notify(mcp.NotePromptsChanged, nil)
			time.AfterFunc(time.Second, func() { notify(mcp.NoteToolsChanged, jsontext.Value(`{"_meta":{"a":1}}`)) })
		})}
		w, err := post(t, h, request(t, "subscriptions/listen", wantsTools+meta))
		if err != nil || w.Header().Get("X-Accel-Buffering") != "no" {
			t.Fatalf("Post = %v, %v", err, w.Header())
		}
		want := []string{
			ack,
			`{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`,
			`{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"a":1,"io.modelcontextprotocol/subscriptionId":1}}}`,
			end,
		}
		if got := strings.Join(frames(w), "\n"); got != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
		if !strings.Contains(w.Body.String(), ": keep-alive\n\n") {
			t.Error("nothing kept the stream alive")
		}
	})
}

func TestListenEndsAtOnceWhenNothingIsHonoured(t *testing.T) {
	h := &modern.Handler{Gateway: watching(func(func(string, jsontext.Value)) {})}
	w, err := post(t, h, request(t, "subscriptions/listen", `"notifications":{"promptsListChanged":true},`+meta))
	if got := frames(w); err != nil || len(got) != 2 || !strings.Contains(got[0], `"notifications":{}`) {
		t.Errorf("got %v %v, want an acknowledgement of nothing and the end", got, err)
	}
}

func TestListenEndsWithTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &modern.Handler{Gateway: watching(func(func(string, jsontext.Value)) {})}
		who := identity.Principal{Subject: "dev:alice", Expires: time.Now().Add(time.Hour)}
		m := mcp.Message{ID: "1", Method: mcp.MethodListen, Params: jsontext.Value("{" + wantsTools + meta + "}")}
		began := time.Now()
		w := httptest.NewRecorder()
		if err := h.Post(w, request(t, m.Method, ""), who, m); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Hour || !strings.Contains(w.Body.String(), `"result"`) {
			t.Errorf("the stream took %v, want an hour and an end", took)
		}
	})
}

func TestListenTellsOfTheResourcesAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		h := &modern.Handler{Gateway: watching(func(notify func(string, jsontext.Value)) {
			notify(mcp.NoteResourceUpdated, jsontext.Value(`{"uri":"test://x"}`))
		})}
		w, _ := post(t, h, request(t, "subscriptions/listen", `"notifications":{"resourceSubscriptions":["test://x"]},`+meta).WithContext(ctx))
		got := frames(w)
		if len(got) != 2 || !strings.Contains(got[1], `"uri":"test://x"`) {
			t.Errorf("got %v, want the change and, as the client went away, no end", got)
		}
	})
}

func TestListenRefuses(t *testing.T) {
	down := behind{watch: func(context.Context, mcp.Changes, func(string, jsontext.Value)) (mcp.Changes, error) {
		return mcp.Changes{}, fault.Wrap(errors.New("dial"), fault.Unavailable, "down")
	}}
	tests := []struct {
		name, params, accept string
		status               int
	}{
		{"no notifications", meta, "text/event-stream", 400},
		{"notifications of a wrong kind", `"notifications":[],` + meta, "text/event-stream", 400},
		{"a client that takes no stream", wantsTools + meta, "application/json", 406},
		{"a backend that is down", wantsTools + meta, "text/event-stream", 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, "subscriptions/listen", tt.params)
			r.Header.Set("Accept", tt.accept)
			w, err := post(t, &modern.Handler{Gateway: down}, r)
			if err != nil || w.Code != tt.status || !strings.Contains(w.Body.String(), `"error"`) {
				t.Errorf("got %d %s %v, want %d", w.Code, w.Body, err, tt.status)
			}
		})
	}
}

func TestAPersonHoldsOnlySoManyStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closing := make(chan struct{})
		h := &modern.Handler{Streams: 1, Closing: closing, Gateway: watching(func(func(string, jsontext.Value)) {})}
		listen := func() *httptest.ResponseRecorder {
			w, _ := post(t, h, request(t, "subscriptions/listen", wantsTools+meta))
			return w
		}
		go listen()
		synctest.Wait()
		if w := listen(); w.Code != http.StatusTooManyRequests {
			t.Errorf("the second stream: %d, want 429", w.Code)
		}
		close(closing)
		synctest.Wait()
		if w := listen(); w.Code != http.StatusOK {
			t.Errorf("a stream after the first has ended: %d, want 200", w.Code)
		}
	})
}

func TestAStreamThatIsNotReadEnds(t *testing.T) {
	h := &modern.Handler{Gateway: watching(func(notify func(string, jsontext.Value)) {
		for i := range 300 {
			notify(mcp.NoteToolsChanged, jsontext.Value(`{"n":`+string(rune('0'+i%10))+`,"m":`+strings.Repeat("1", 1+i/10)+`}`))
		}
	})}
	w, _ := post(t, h, request(t, "subscriptions/listen", wantsTools+meta))
	got := frames(w)
	if len(got) != 1+256+1 || !strings.Contains(got[len(got)-1], `"result"`) {
		t.Errorf("got %d frames, want what waited and the end", len(got))
	}
}
