package matrix

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

// prefix is what the host puts before the names of the backend.
const prefix = "there_"

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

func TestMatrix(t *testing.T) {
	node.Asked(t)
	var rows []row
	for _, backend := range mcp.Revisions() {
		host := startHost(t, backend)
		token := host.Token(t, "there")
		for _, revision := range mcp.Revisions() {
			s := connect(t, host.URL, token, revision)
			rows = append(rows, tryAll(t, s, revision, backend))
		}
	}
	print(rows)
}

// startHost starts a host with one backend, of one revision.
func startHost(t *testing.T, backend mcp.Revision) *server.Server {
	t.Helper()
	url := server.Upstream(t, "gatehouse/e2e/matrix/backend", backend)
	file := filepath.Join(t.TempDir(), "gatehouse.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "backends: {there: {url: %q, prefix: %q}}\n", url, prefix), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Start(t, "gatehouse/e2e/matrix/host", "--config", file)
}

// connect makes a client that speaks one revision.
func connect(t *testing.T, host, token string, revision mcp.Revision) *side {
	t.Helper()
	c := client.Config{
		Name:      "host",
		URL:       host + "/mcp",
		Transport: client.Streamable,
		Revision:  revision,
		Header:    http.Header{"Authorization": {"Bearer " + token}},
		HTTP:      &http.Transport{MaxIdleConnsPerHost: 8},
		Log:       slog.New(slog.DiscardHandler),
	}
	if revision == mcp.R20241105 {
		c.URL, c.Transport = host+"/sse", client.SSE
	}
	server, err := client.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	s := &side{server: server, me: &mcp.Client{
		Revision:     revision,
		Info:         jsontext.Value(`{"name":"matrix","version":"1"}`),
		Capabilities: jsontext.Value(`{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{}}}`),
		LogLevel:     "info",
	}}
	if !revision.Modern() {
		s.me.Session = "session " + string(revision)
	}
	return s
}

// row is what came of a pair.
type row struct {
	client, backend mcp.Revision
	cells           []string
}

const (
	works  = "yes"
	absent = "–" // a side does not have the feature
	fails  = "NO"
)

func tryAll(t *testing.T, s *side, revision, backend mcp.Revision) row {
	r := row{client: revision, backend: backend}
	for _, f := range features {
		cell := works
		if revision < f.since || backend < f.since || backend == f.except {
			cell = absent
		} else {
			t.Run(fmt.Sprintf("%s to %s/%s", revision, backend, f.name), func(t *testing.T) {
				s.forget()
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
				defer cancel()
				if err := f.try(ctx, s); err != nil {
					cell = fails
					t.Error(err)
				}
			})
		}
		r.cells = append(r.cells, cell)
	}
	return r
}

func print(rows []row) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	var names []string
	for _, f := range features {
		names = append(names, f.name)
	}
	fmt.Fprintln(w, "client\tbackend\t"+strings.Join(names, "\t"))
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.client, r.backend, strings.Join(r.cells, "\t"))
	}
	w.Flush()
}
