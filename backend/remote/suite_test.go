package remote_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/remote"
	"gatehouse/gateway"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// pinned serves one revision, as a server from its days did.
type pinned struct {
	next     http.Handler
	revision mcp.Revision
}

func (p pinned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	m, err := mcp.Decode(body)
	if said := r.Header.Get(mcp.HeaderRevision); err == nil && !p.revision.Modern() && mcp.IsModern(r.Header, &m) || said != "" && mcp.Revision(said) != p.revision {
		http.Error(w, "Bad Request: Server not initialized", http.StatusBadRequest)
		return
	}
	if err == nil && m.Method == mcp.MethodInitialize {
		body = mcp.AppendRequest(nil, m.ID, m.Method, mcp.WithMember(m.Params, "protocolVersion", []byte(`"`+p.revision+`"`)))
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	p.next.ServeHTTP(w, r)
}

// serve starts a server of the SDK for a test.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func open(t testing.TB, c client.Config) gateway.Backend {
	t.Helper()
	if c.HTTP == nil && c.URL != "" {
		c.HTTP = &http.Transport{MaxIdleConnsPerHost: 64}
	}
	c.Name, c.Log = "test", slog.New(slog.DiscardHandler)
	s, err := client.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return remote.New(s)
}

func TestServersOfEveryRevisionPassTheSuite(t *testing.T) {
	for _, revision := range mcp.Revisions() {
		for _, answer := range []string{"JSON", "stream"} {
			if revision == mcp.R20241105 && answer == "JSON" {
				continue
			}
			t.Run(string(revision)+" "+answer, func(t *testing.T) {
				server := backendtest.NewServer()
				get := func(*http.Request) *sdk.Server { return server }
				opts := &sdk.StreamableHTTPOptions{JSONResponse: answer == "JSON", Stateless: revision.Modern(), PropagateRequestCancellation: true}
				var h http.Handler = sdk.NewStreamableHTTPHandler(get, opts)
				if revision == mcp.R20241105 {
					h = sdk.NewSSEHandler(get, nil)
				}
				if revision.Modern() {
					server.RemoveTools("ask")
				}
				if revision == mcp.R20241105 {
					server.RemoveTools("ask") // one stream does not say which of many calls asks
				}
				if answer == "JSON" {
					server.RemoveTools("ask", "count") // nothing can be said before the end
				}
				url := serve(t, pinned{h, revision})
				backendtest.Run(t, func(t *testing.T) gateway.Backend { return open(t, client.Config{URL: url}) })
			})
		}
	}
}
