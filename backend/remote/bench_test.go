package remote_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/backend/backendtest"
	"gatehouse/internal/h1"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// canned carries a request nowhere, and answers it at once.
type canned struct{}

func (canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	m, err := mcp.Decode(body)
	if err != nil {
		return nil, err
	}
	result := `{"resultType":"complete","content":[{"type":"text","text":"{\"sum\":5}"}],"structuredContent":{"sum":5}}`
	switch m.Method {
	case mcp.MethodDiscover:
		result = `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}`
	case mcp.MethodToolsList:
		result = `{"resultType":"complete","tools":[{"name":"add","inputSchema":{"type":"object"}}],"ttlMs":3600000}`
	}
	answer := mcp.AppendResult(nil, m.ID, jsontext.Value(result))
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(answer))),
		ContentLength: int64(len(answer)),
	}, nil
}

// BenchmarkCall is what a call costs but for its way over HTTP.
func BenchmarkCall(b *testing.B) {
	benchmark(b, client.Config{URL: "http://upstream.example/", HTTP: canned{}})
}

// BenchmarkCallHTTP is a call of a server in this process, which costs as much
// as the call.
func BenchmarkCallHTTP(b *testing.B) {
	s := httptest.NewServer(upstream())
	defer s.Close()
	benchmark(b, client.Config{URL: s.URL, HTTP: new(h1.Transport)})
}

// BenchmarkReverseProxy is the same by a proxy that only copies, without the
// connection of its client.
func BenchmarkReverseProxy(b *testing.B) {
	s := httptest.NewServer(upstream())
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	message := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":` + string(add().Params) + `}`
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(message))
			r.Header.Set(mcp.HeaderRevision, string(mcp.R20260728))
			proxy.ServeHTTP(httptest.NewRecorder(), r)
		}
	})
}

func upstream() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := canned{}.RoundTrip(r)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, res.Body)
	})
}

func add() *mcp.Request {
	return backendtest.Request(backendtest.Clients()[0], mcp.MethodToolsCall, "add", `{"a":2,"b":3}`, "")
}

func benchmark(b *testing.B, c client.Config) {
	backend := open(b, c)
	defer backend.Close()
	if _, err := backend.Catalog(b.Context()); err != nil {
		b.Fatal(err)
	}
	req, peer := add(), new(backendtest.Peer)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := backend.Call(context.Background(), backendtest.Alice, req, peer); err != nil {
				b.Error(err)
			}
		}
	})
}
