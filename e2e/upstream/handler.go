package upstream

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/mcp"
)

// Handler serves the server in one revision, or in all if that is empty.
func Handler(server *sdk.Server, revision mcp.Revision) http.Handler {
	get := func(*http.Request) *sdk.Server { return server }
	sessions := sdk.NewStreamableHTTPHandler(get, &sdk.StreamableHTTPOptions{EventStore: sdk.NewMemoryEventStore(nil)})
	stateless := sdk.NewStreamableHTTPHandler(get, &sdk.StreamableHTTPOptions{Stateless: true})
	mux := http.NewServeMux()
	switch {
	case revision == "":
		mux.Handle("/mcp", eras{sessions, stateless})
		mux.Handle("/sse", sdk.NewSSEHandler(get, nil))
	case revision.Modern():
		mux.Handle("/mcp", eras{http.HandlerFunc(refuse), stateless})
	case revision == mcp.R20241105:
		mux.Handle("/sse", eras{pinned{sdk.NewSSEHandler(get, nil), revision}, http.HandlerFunc(refuse)})
	default:
		mux.Handle("/mcp", eras{pinned{sessions, revision}, http.HandlerFunc(refuse)})
	}
	return mux
}

// eras leads a request to the handler of its era.
type eras struct{ legacy, modern http.Handler }

func (e eras) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if m, err := mcp.Decode(body); r.Method == http.MethodPost && err == nil && mcp.IsModern(r.Header, &m) {
		defer context.AfterFunc(r.Context(), func() { left.Add(1) })()
		e.modern.ServeHTTP(w, r)
		return
	}
	e.legacy.ServeHTTP(w, r)
}

// left counts the clients of the modern era that left before their answer.
var left atomic.Int64

// Left is how many requests of the modern era were cancelled. The SDK does not
// tell its tools in that era.
func Left() int64 { return left.Load() }

// refuse answers a message of an era that the server does not know, in the
// words of the servers that there were.
func refuse(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "Bad Request: Server not initialized", http.StatusBadRequest)
}

// pinned has a server answer initialize with one revision, whatever the client
// asks for, and refuse messages of another.
type pinned struct {
	next     http.Handler
	revision mcp.Revision
}

func (p pinned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if said := r.Header.Get(mcp.HeaderRevision); said != "" && mcp.Revision(said) != p.revision && p.revision >= mcp.R20250618 {
		http.Error(w, "Bad Request: Unsupported protocol version (supported versions: "+string(p.revision)+")", http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if m, err := mcp.Decode(body); err == nil && m.Method == mcp.MethodInitialize {
		params := mcp.WithMember(m.Params, "protocolVersion", jsontext.Value(`"`+string(p.revision)+`"`))
		body = mcp.AppendRequest(nil, m.ID, m.Method, params)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	p.next.ServeHTTP(w, r)
}
