package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestAServerThatAlwaysSaysThatAListHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &shelf{tools: tool("a"), ttl: 3_600_000}
		s := newServer(t, Config{HTTP: up.carrier()})
		defer s.Close()
		s.shown(t)
		n := newNews()
		k := &keeper{server: s, news: n}
		for range 100 {
			for range 1000 {
				k.hear(&mcp.Message{Method: mcp.NoteToolsChanged})
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if up.asked > 1+int(time.Second/offerRest)+2 {
			t.Errorf("in a second the server was asked %d times", up.asked)
		}
		if got := n.take(); len(got) != 1 {
			t.Errorf("heard %v", got)
		}
	})
}

func TestWhatWaitsForASlowReaderIsBounded(t *testing.T) {
	large := jsontext.Value(`"` + strings.Repeat("x", 300<<10) + `"`)
	n := newNews()
	for i := range 100 {
		n.hear(&mcp.Message{Method: fmt.Sprint("notifications/", i), Params: large})
	}
	if waiting := n.take(); len(waiting) != 4 {
		t.Errorf("%d messages wait for who listens", len(waiting))
	}
	if n.hear(&mcp.Message{Method: "notifications/x"}); len(n.take()) != 1 {
		t.Error("who has read all hears nothing new")
	}
}

func TestWhereAServerWouldSendUsIsNotWrittenDown(t *testing.T) {
	s := newServer(t, Config{HTTP: carrier(func(*http.Request, mcp.Message) answer {
		return answer{status: http.StatusPermanentRedirect, header: http.Header{"Location": {"https://other.example/mcp/s3cret?key=s3cret"}}}
	})})
	_, err := s.Offer(t.Context())
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "other.example") {
		t.Errorf("err = %v", err)
	}
	if _, err := New(Config{Name: "x", URL: "https://h/%zzs3cret", HTTP: http.DefaultTransport}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a URL that is none: %v", err)
	}
}

func TestASessionOfAllDoesNotListTasks(t *testing.T) {
	s := newServer(t, Config{Dialer: &family{call: fine, first: func(c *child, m mcp.Message) bool {
		if m.Method == methodTasksList {
			c.say(mcp.AppendResult(nil, m.ID, []byte(`{"tasks":[{"taskId":"that of Bob"}]}`)))
		}
		return m.Method == methodTasksList
	}}, Revision: mcp.R20251125})
	_, err := s.Call(t.Context(), alice, &mcp.Request{Method: methodTasksList, Client: yesterday}, new(peer))
	if mcp.Failure(errors.Join(err)).Code != mcp.CodeMethodNotFound {
		t.Errorf("err = %v", err)
	}
}

func TestProgressOfAnotherCallIsNotTold(t *testing.T) {
	notes := func(tokens ...string) (body string) {
		for _, token := range tokens {
			body += `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":` + token + `,"progress":1}}` + "\n\n"
		}
		return body
	}
	s := newServer(t, Config{HTTP: modernServer(nil, func(_ *http.Request, m mcp.Message) answer {
		return answer{kind: "text/event-stream", body: notes(`"a"`, `"b"`, `7`) + "data: " + result(m, `{}`).body + "\n\n"}
	})})
	for params, want := range map[string][]string{
		`{"name":"x","_meta":{"progressToken":"a"}}`: {`notifications/progress {"progressToken":"a","progress":1}`},
		`{"name":"x"}`: nil,
	} {
		p := new(peer)
		if _, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(params), Client: yesterday}, p); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.heard, want) {
			t.Errorf("%s heard %q, want %q", params, p.heard, want)
		}
	}
}

func TestQuestionsAreBounded(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.server.MaxMessage = 4 << 10
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		asked := make(chan string, 16)
		go func() {
			_, _ = o.server.Call(ctx, alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"x"}`), Client: today}, waiting{asked})
		}()
		synctest.Wait()
		large := strings.Repeat("x", 3<<10)
		for _, ask := range []struct {
			id   mcp.ID
			of   string
			asks bool
		}{{`1`, large, true}, {`1`, "the same id", false}, {`2`, large, false}, {`3`, "small", true}} {
			o.say(ask.id, mcp.MethodElicit, `{"of":"`+ask.of+`"}`)
			if len(asked) == 1 != ask.asks {
				t.Errorf("question %s of %d bytes: asked %v", ask.id, len(ask.of), !ask.asks)
			}
			for len(asked) > 0 {
				<-asked
			}
		}
	})
}

func TestAStreamOfChangesThatNeverBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Revision: mcp.R20260728, Dialer: &family{first: func(c *child, m mcp.Message) bool {
			if m.Method == mcp.MethodDiscover {
				c.say(mcp.AppendResult(nil, m.ID, []byte(`{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"resources":{"subscribe":true}}}`)))
			}
			return true
		}}})
		defer s.Close()
		began := time.Now()
		_, err := s.Watch(t.Context(), alice, today, mcp.Changes{URIs: []string{"x:1"}}, func(string, jsontext.Value) {})
		if took := time.Since(began); err == nil || took != 10*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestASessionThatEndsWhileItIsOpened(t *testing.T) {
	for range 50 {
		opening := make(chan struct{})
		var once sync.Once
		server := legacyServer(func(_ *http.Request, m mcp.Message) answer { return result(m, `{}`) })
		s, err := New(Config{Name: "test", URL: "http://upstream.example/", Revision: mcp.R20251125, Log: slog.New(slog.DiscardHandler),
			HTTP: carrier(func(r *http.Request, m mcp.Message) answer {
				if m.Method == mcp.MethodInitialize && strings.Contains(string(m.Params), `"name":"c"`) {
					once.Do(func() { close(opening) })
				}
				return server(r, m)
			})})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() { _, _ = s.tool(t, yesterday, `{"name":"x"}`) })
		<-opening
		s.End(yesterday.Session)
		all.Wait()
		s.Close()
	}
}
