package client

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// carrier is a server in this process: it gets requests and the messages in
// them, and answers.
type carrier func(r *http.Request, m mcp.Message) answer

// answer is what a server answers: a JSON body unless it says otherwise.
type answer struct {
	status int
	kind   string
	header http.Header
	body   string
}

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	var m mcp.Message
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if m, err = mcp.Decode(body); err != nil {
			return nil, err
		}
	}
	a := c(r, m)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.kind == "" {
		a.kind = "application/json"
	}
	if a.header == nil {
		a.header = make(http.Header)
	}
	a.header.Set("Content-Type", a.kind)
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: -1}, r.Context().Err()
}

func result(m mcp.Message, raw string) answer {
	return answer{body: string(mcp.AppendResult(nil, m.ID, jsontext.Value(raw)))}
}

func failed(status int, m mcp.Message, code int, message string) answer {
	return answer{status: status, body: string(mcp.AppendError(nil, m.ID, &mcp.Error{Code: code, Message: message}))}
}

// modernServer answers as one of 2026-07-28 that has these lists.
func modernServer(lists map[string]string, call carrier) carrier {
	return func(r *http.Request, m mcp.Message) answer {
		if r.Header.Get(mcp.HeaderRevision) != string(mcp.R20260728) {
			return answer{status: http.StatusBadRequest}
		}
		if m.Method == mcp.MethodDiscover {
			return result(m, `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"prompts":{},"resources":{}}}`)
		}
		if list, ok := lists[m.Method]; ok {
			return result(m, list)
		}
		if strings.HasSuffix(m.Method, "/list") {
			return failed(http.StatusNotFound, m, mcp.CodeMethodNotFound, "Method not found")
		}
		return call(r, m)
	}
}

// legacyServer answers as one of 2025-11-25.
func legacyServer(call carrier) carrier {
	return func(r *http.Request, m mcp.Message) answer {
		switch {
		case r.Method == http.MethodGet || r.Method == http.MethodDelete:
			return answer{status: http.StatusMethodNotAllowed}
		case m.Method == mcp.MethodInitialize:
			a := result(m, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"logging":{}},"serverInfo":{"name":"s","version":"1"}}`)
			a.header = http.Header{mcp.HeaderSession: {"s1"}}
			return a
		case r.Header.Get(mcp.HeaderSession) == "":
			return answer{status: http.StatusBadRequest, kind: "text/plain", body: "no session"}
		case m.IsNotification():
			return answer{status: http.StatusAccepted}
		case m.Method == mcp.MethodSetLevel:
			return result(m, `{}`)
		case m.Method == mcp.MethodToolsList:
			return result(m, `{"tools":[]}`)
		}
		return call(r, m)
	}
}

func newServer(t *testing.T, c Config) *Server {
	t.Helper()
	if c.URL == "" {
		c.URL = "http://upstream.example/mcp"
	}
	c.Name, c.Log = "test", slog.New(slog.DiscardHandler)
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var (
	alice     = identity.Principal{Subject: "dev:alice"}
	bob       = identity.Principal{Subject: "dev:bob"}
	today     = &mcp.Client{Revision: mcp.R20260728, Capabilities: jsontext.Value(`{"elicitation":{}}`), Info: jsontext.Value(`{"name":"c","version":"1"}`)}
	yesterday = &mcp.Client{Revision: mcp.R20250618, Session: "c1", LogLevel: "info", Capabilities: jsontext.Value(`{"roots":{}}`), Info: jsontext.Value(`{"name":"c","version":"1"}`)}
)

// peer hears, and answers what it is asked.
type peer struct {
	mu     sync.Mutex
	heard  []string
	answer jsontext.Value
}

func (p *peer) Notify(_ context.Context, method string, params jsontext.Value) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, method+" "+string(params))
	return nil
}

func (p *peer) Ask(_ context.Context, method string, _ jsontext.Value) (jsontext.Value, error) {
	if p.answer == nil {
		return nil, mcp.ErrCannotAsk
	}
	return p.answer, nil
}

func (s *Server) tool(t *testing.T, client *mcp.Client, params string) (string, error) {
	t.Helper()
	res, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(params), Client: client}, new(peer))
	return string(res.Raw), err
}

// own are the headers of MCP in a request, as lines.
func own(h http.Header) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if strings.HasPrefix(name, "Mcp-") {
			lines = append(lines, name+": "+strings.Join(h[name], ","))
		}
	}
	return strings.Join(lines, "\n")
}

func TestAModernRequest(t *testing.T) {
	const modernParams = `{"name":"add","arguments":{"region":"eu","n":3,"deep":{"flag":true},"none":null},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"x/y":1},"requestState":"s","inputResponses":{}}`
	tests := []struct {
		name   string
		client *mcp.Client
		params string
		header string
		want   string // params, as the server gets them
	}{
		{
			"that of a modern client goes as it is", today, modernParams,
			"Mcp-Method: tools/call\nMcp-Name: add\nMcp-Param-Flag: true\nMcp-Param-N: 3\nMcp-Param-Region: eu\nMcp-Protocol-Version: 2026-07-28",
			modernParams,
		},
		{
			"that of a legacy client gets what it lacks", yesterday, `{"name":"add","arguments":{},"_meta":{"progressToken":7}}`,
			"Mcp-Method: tools/call\nMcp-Name: add\nMcp-Protocol-Version: 2026-07-28",
			`{"name":"add","arguments":{},"_meta":{"progressToken":7,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"roots":{}},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/logLevel":"info"}}`,
		},
		{
			"what a header cannot hold is wrapped", today, strings.Replace(modernParams, `"eu"`, `"é"`, 1),
			"Mcp-Method: tools/call\nMcp-Name: add\nMcp-Param-Flag: true\nMcp-Param-N: 3\nMcp-Param-Region: =?base64?w6k=?=\nMcp-Protocol-Version: 2026-07-28",
			strings.Replace(modernParams, `"eu"`, `"é"`, 1),
		},
	}
	const tools = `{"tools":[{"name":"add","inputSchema":{"type":"object","properties":{
		"region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"N"},"none":{"type":"string","x-mcp-header":"None"},
		"deep":{"type":"object","properties":{"flag":{"type":"boolean","x-mcp-header":"Flag"}}}}}}]}`
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var header, params string
			s := newServer(t, Config{HTTP: modernServer(map[string]string{mcp.MethodToolsList: tools}, func(r *http.Request, m mcp.Message) answer {
				header, params = own(r.Header), string(m.Params)
				return result(m, `{"resultType":"complete","content":[]}`)
			})})
			if _, err := s.Offer(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.tool(t, tt.client, tt.params); err != nil {
				t.Fatal(err)
			}
			if header != tt.header {
				t.Errorf("headers:\n%s\nwant:\n%s", header, tt.header)
			}
			if params != tt.want {
				t.Errorf("params:\n%s\nwant:\n%s", params, tt.want)
			}
		})
	}
}

func TestALegacyRequestSaysNothingModern(t *testing.T) {
	var header, params string
	s := newServer(t, Config{HTTP: legacyServer(func(r *http.Request, m mcp.Message) answer {
		header, params = own(r.Header), string(m.Params)
		return result(m, `{"content":[],"unknown":1}`)
	})})
	client := *today
	client.Revision = mcp.R20251125
	got, err := s.tool(t, &client, `{"name":"add","extra":true,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","x/y":1,"progressToken":"p"}}`)
	if err != nil || got != `{"content":[],"unknown":1}` {
		t.Errorf("call = %s, %v", got, err)
	}
	if want := "Mcp-Protocol-Version: 2025-11-25\nMcp-Session-Id: s1"; header != want {
		t.Errorf("headers:\n%s\nwant:\n%s", header, want)
	}
	if want := `{"name":"add","extra":true,"_meta":{"x/y":1,"progressToken":2}}`; params != want {
		t.Errorf("params %s, want %s", params, want)
	}
}

func TestConfiguredHeadersGoWithEveryRequest(t *testing.T) {
	s := newServer(t, Config{
		URL:    "http://user:pass@upstream.example/mcp",
		Header: http.Header{"x-api-key": {"k"}},
		HTTP: modernServer(nil, func(r *http.Request, m mcp.Message) answer {
			if r.Header.Get("X-Api-Key") != "k" || r.Header.Get("Authorization") != "Basic dXNlcjpwYXNz" || r.URL.User != nil {
				return answer{status: http.StatusUnauthorized}
			}
			return result(m, `{}`)
		}),
	})
	if got, err := s.tool(t, today, `{"name":"add"}`); err != nil {
		t.Errorf("call = %s, %v", got, err)
	}
}

func TestWhatTheServerAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer func(m mcp.Message) answer
		want   string // the result, or the error
	}{
		{"a failure is passed on", func(m mcp.Message) answer { return failed(http.StatusOK, m, -32000, "no") }, "-32000 no"},
		{"also with a status", func(m mcp.Message) answer { return failed(http.StatusNotFound, m, mcp.CodeMethodNotFound, "what?") }, "-32601 what?"},
		{"also if its id is null", func(m mcp.Message) answer { m.ID = ""; return failed(http.StatusBadRequest, m, -32602, "bad") }, "-32602 bad"},
		{"an id may be written in another way", func(m mcp.Message) answer { m.ID += ".0"; return result(m, `{"a":1}`) }, `{"a":1}`},
		{"a batch of one", func(m mcp.Message) answer { a := result(m, `{"a":1}`); a.body = "[" + a.body + "]"; return a }, `{"a":1}`},
		{"on a stream, after what is none", func(m mcp.Message) answer {
			a := result(m, `{"a":1}`)
			return answer{kind: "text/event-stream; charset=utf-8", body: ": hello\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n\ndata: " + a.body + "\n\n"}
		}, `{"a":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, Config{HTTP: legacyServer(func(_ *http.Request, m mcp.Message) answer { return tt.answer(m) })})
			got, err := s.tool(t, yesterday, `{"name":"add"}`)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAForgottenSessionIsOpenedAnewOnce(t *testing.T) {
	for name, forgotten := range map[string]answer{
		"as the specification says":       {status: http.StatusNotFound, kind: "text/plain"},
		"as an example of an SDK says it": failed(http.StatusBadRequest, mcp.Message{}, -32000, "Bad Request: No valid session ID provided"),
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			s := newServer(t, Config{HTTP: legacyServer(func(_ *http.Request, m mcp.Message) answer {
				if calls++; calls != 2 {
					return forgotten
				}
				return result(m, `{"a":1}`)
			})})
			if got, err := s.tool(t, yesterday, `{"name":"add"}`); err != nil || got != `{"a":1}` {
				t.Errorf("call = %s, %v", got, err)
			}
			if _, err := s.tool(t, yesterday, `{"name":"add"}`); err == nil || calls != 4 {
				t.Errorf("after %d calls: %v", calls, err)
			}
		})
	}
}

func TestAStreamThatBreaksOffIsGoneOnWith(t *testing.T) {
	var id mcp.ID
	resumed := ""
	call := func(_ *http.Request, m mcp.Message) answer {
		id = m.ID
		return answer{kind: "text/event-stream", body: "id: e1\nretry: 1\ndata:\n\n"}
	}
	old := legacyServer(call)
	s := newServer(t, Config{HTTP: carrier(func(r *http.Request, m mcp.Message) answer {
		if last := r.Header.Get("Last-Event-Id"); last != "" {
			resumed += last
			return answer{kind: "text/event-stream", body: "id: e2\ndata: " + result(mcp.Message{ID: id}, `{"a":1}`).body + "\n\n"}
		}
		return old(r, m)
	})})
	if got, err := s.tool(t, yesterday, `{"name":"add"}`); err != nil || got != `{"a":1}` || resumed != "e1" {
		t.Errorf("call = %s, %v, resumed after %q", got, err, resumed)
	}
}

func TestSessions(t *testing.T) {
	opened := 0
	var mu sync.Mutex
	server := legacyServer(func(_ *http.Request, m mcp.Message) answer { return result(m, `{}`) })
	s := newServer(t, Config{HTTP: carrier(func(r *http.Request, m mcp.Message) answer {
		if m.Method == mcp.MethodInitialize {
			mu.Lock()
			opened++
			mu.Unlock()
		}
		return server(r, m)
	})})
	other := *today
	other.Capabilities = jsontext.Value(`{}`)
	for _, tt := range []struct {
		name   string
		who    identity.Principal
		client *mcp.Client
		opens  int
	}{
		{"the first needs the host's own, to find the way", alice, today, 2},
		{"a person who is the same client goes on", alice, today, 0},
		{"with other capabilities not", alice, &other, 1},
		{"another person neither", bob, today, 1},
		{"a client with a session has one of its own", alice, yesterday, 1},
		{"and keeps it", alice, yesterday, 0},
	} {
		opened = 0
		if _, err := s.Call(t.Context(), tt.who, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"x"}`), Client: tt.client}, new(peer)); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if opened != tt.opens {
			t.Errorf("%s: %d sessions were opened, want %d", tt.name, opened, tt.opens)
		}
		mu.Unlock()
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":2,"result":{}}`), false)
	f.Add([]byte("data: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"a\":[1]}}\n\n"), true)
	f.Add([]byte(`[{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2}},{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}]`), false)
	f.Add([]byte("data: {\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"elicitation/create\"}\n\n"), true)
	f.Fuzz(func(t *testing.T, body []byte, events bool) {
		kind := "application/json"
		if events {
			kind = "text/event-stream"
		}
		s, err := New(Config{Name: "fuzz", URL: "http://upstream.example/", Revision: mcp.R20251125, Log: slog.New(slog.DiscardHandler),
			HTTP: legacyServer(func(*http.Request, mcp.Message) answer { return answer{kind: kind, body: string(body)} })})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		res, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"x"}`), Client: yesterday}, &peer{answer: jsontext.Value(`{}`)})
		if err == nil && (res.Raw.Kind() != '{' || !res.Raw.IsValid()) {
			t.Errorf("the result is %q", res.Raw)
		}
		if err != nil && errors.Is(err, context.Canceled) {
			t.Errorf("the call was cancelled: %v", err)
		}
	})
}

func TestNotificationsOfTheClient(t *testing.T) {
	var heard []string
	hears := func(r *http.Request, m mcp.Message) {
		if m.IsNotification() && m.Method != mcp.NoteInitialized {
			heard = append(heard, strings.ReplaceAll(own(r.Header), "\n", " ")+" "+m.Method+" "+string(m.Params))
		}
	}
	fine := func(_ *http.Request, m mcp.Message) answer { return result(m, `{}`) }
	modern, legacy := modernServer(nil, fine), legacyServer(fine)
	tests := []struct {
		name    string
		server  carrier
		methods []string
		want    []string
	}{
		{
			"reach the session of a legacy server", legacy, []string{mcp.NoteRootsChanged, "notifications/acme/moved"},
			[]string{
				"Mcp-Protocol-Version: 2025-11-25 Mcp-Session-Id: s1 notifications/roots/list_changed {\"a\":1}",
				"Mcp-Protocol-Version: 2025-11-25 Mcp-Session-Id: s1 notifications/acme/moved {\"a\":1}",
			},
		},
		{
			"reach a modern server if it may know them", modern, []string{mcp.NoteRootsChanged, "notifications/acme/moved"},
			[]string{`Mcp-Method: notifications/acme/moved Mcp-Protocol-Version: 2026-07-28 notifications/acme/moved {"a":1,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"roots":{}},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/logLevel":"info"}}`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			heard = nil
			s := newServer(t, Config{HTTP: carrier(func(r *http.Request, m mcp.Message) answer {
				hears(r, m)
				return tt.server(r, m)
			})})
			tell := func(method string) {
				if _, err := s.Call(t.Context(), alice, &mcp.Request{Method: method, Params: jsontext.Value(`{"a":1}`), Client: yesterday}, nil); err != nil {
					t.Error(err)
				}
			}
			tell("notifications/before/there/is/a/session")
			if _, err := s.tool(t, yesterday, `{"name":"x"}`); err != nil {
				t.Fatal(err)
			}
			for _, method := range tt.methods {
				tell(method)
			}
			if !slices.Equal(heard, tt.want) {
				t.Errorf("heard:\n%s\nwant:\n%s", strings.Join(heard, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}
