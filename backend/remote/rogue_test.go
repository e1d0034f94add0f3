package remote_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// rogue is a server with a tool for each fault. What is no fault it answers
// well.
type rogue struct {
	modern bool
	opened atomic.Int64 // sessions
	calls  atomic.Int64
	told   atomic.Int64 // cancellations heard
}

func (s *rogue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	m, err := mcp.Decode(body)
	if r.Method != http.MethodPost || err != nil || s.modern != (r.Header.Get(mcp.HeaderRevision) == string(mcp.R20260728)) {
		if r.Method == http.MethodDelete || r.Method == http.MethodGet {
			http.Error(w, "no such thing", http.StatusMethodNotAllowed)
			return
		}
		if m.Method != mcp.MethodInitialize && (s.modern || r.Header.Get(mcp.HeaderSession) == "") {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
	}
	if !m.IsRequest() {
		if m.Method == mcp.NoteCancelled {
			s.told.Add(1)
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	switch m.Method {
	case mcp.MethodDiscover:
		reply(w, m.ID, `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}`)
	case mcp.MethodInitialize:
		w.Header().Set(mcp.HeaderSession, fmt.Sprint("session-", s.opened.Add(1)))
		reply(w, m.ID, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"rogue","version":"1"}}`)
	case mcp.MethodToolsList:
		reply(w, m.ID, `{"resultType":"complete","ttlMs":60000,"tools":[{"name":"add","inputSchema":{"type":"object"}}]}`)
	case mcp.MethodToolsCall:
		s.calls.Add(1)
		if fault := faults[mcp.StringMember(m.Params, "name")]; fault != nil {
			fault(w, r, m.ID)
			return
		}
		reply(w, m.ID, `{"content":[{"type":"text","text":"fine"}]}`)
	}
}

func reply(w http.ResponseWriter, id mcp.ID, result string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mcp.AppendResult(nil, id, jsontext.Value(result)))
}

func stream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
}

func say(w http.ResponseWriter, message []byte) error {
	if _, err := fmt.Fprintf(w, "data: %s\n\n", message); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// faults are what a call of a tool of that name meets.
var faults = map[string]func(w http.ResponseWriter, r *http.Request, id mcp.ID){
	"killed": func(http.ResponseWriter, *http.Request, mcp.ID) { panic(http.ErrAbortHandler) },
	"killed in the middle": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0",`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"hung":    func(_ http.ResponseWriter, r *http.Request, _ mcp.ID) { <-r.Context().Done() },
	"garbage": func(w http.ResponseWriter, _ *http.Request, id mcp.ID) { reply(w, id, `{"content":[}`) },
	"a page": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<h1>Welcome</h1>")
	},
	"names that stand twice": func(w http.ResponseWriter, _ *http.Request, id mcp.ID) { reply(w, id, `{"a":1,"a":2}`) },
	"deep": func(w http.ResponseWriter, _ *http.Request, id mcp.ID) {
		reply(w, id, `{"a":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+`}`)
	},
	"no object":  func(w http.ResponseWriter, _ *http.Request, id mcp.ID) { reply(w, id, `[1]`) },
	"a wrong id": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) { reply(w, `"other"`, `{}`) },
	"nothing":    func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) { w.WriteHeader(http.StatusAccepted) },
	"elsewhere": func(w http.ResponseWriter, r *http.Request, _ mcp.ID) {
		http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
	},
	"unauthorized": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) { w.WriteHeader(http.StatusUnauthorized) },
	"broken": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		http.Error(w, "at db-7.internal", http.StatusInternalServerError)
	},
	"100 MB": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		w.Header().Set("Content-Type", "application/json")
		flood(w, 100<<20)
	},
	"100 MB on a stream": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		stream(w)
		_, _ = io.WriteString(w, "data: ")
		flood(w, 100<<20)
	},
	"a silent stream": func(w http.ResponseWriter, r *http.Request, _ mcp.ID) {
		stream(w)
		<-r.Context().Done()
	},
	"an endless stream": func(w http.ResponseWriter, r *http.Request, _ mcp.ID) {
		stream(w)
		for r.Context().Err() == nil {
			if say(w, mcp.AppendRequest(nil, "", mcp.NoteMessage, jsontext.Value(`{"level":"info","data":"more"}`))) != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	},
	"garbage on a stream": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) {
		stream(w)
		_ = say(w, []byte(`{"jsonrpc"`))
	},
	"a stream that ends": func(w http.ResponseWriter, _ *http.Request, _ mcp.ID) { stream(w) },
}

// flood writes n bytes, or until nobody takes more.
func flood(w io.Writer, n int) {
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for range n / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}
