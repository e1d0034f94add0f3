package remote_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/backend/backendtest"
	"gatehouse/gateway"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
	"gatehouse/mcp/client/wire"
)

// pipes dials servers of the SDK in this process, one for each line.
type pipes struct {
	t      *testing.T
	server *sdk.Server
}

func (p pipes) Dial(context.Context, string) (wire.Conn, error) {
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		defer fromServer.Close()
		_ = p.server.Run(ctx, &sdk.IOTransport{Reader: toServer, Writer: fromServer})
	})
	c := &pipe{w: fromClient, d: jsontext.NewDecoder(toClient)}
	c.end = sync.OnceFunc(func() {
		fromClient.Close()
		toClient.Close()
		cancel()
		running.Wait()
	})
	return c, nil
}

// pipe is a line to a server in this process.
type pipe struct {
	mu  sync.Mutex
	w   *io.PipeWriter
	d   *jsontext.Decoder
	end func()
}

func (p *pipe) Send(_ context.Context, message []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := fmt.Fprintf(p.w, "%s\n", message)
	return err
}

func (p *pipe) Receive() ([]byte, error) {
	v, err := p.d.ReadValue()
	return v, err
}

func (p *pipe) Close() error {
	p.end()
	return nil
}

func TestLinesPassTheSuite(t *testing.T) {
	for name, c := range map[string]client.Config{
		"modern, one for all":        {Revision: mcp.R20260728},
		"found by asking":            {},
		"legacy, one for all":        {Revision: mcp.R20251125},
		"legacy, one of each person": {Revision: mcp.R20250618, PerPerson: true},
		"the oldest revision":        {Revision: mcp.R20241105},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) gateway.Backend {
				server := backendtest.NewServer()
				server.RemoveTools("ask") // a line does not say which of many calls asks
				if c.PerPerson {
					server.RemoveTools("grow") // each process grows for itself
				}
				c.Dialer = pipes{t, server}
				return open(t, c)
			})
		})
	}
}

func TestALineAsksWhoCalls(t *testing.T) {
	b := open(t, client.Config{Dialer: pipes{t, backendtest.NewServer()}, Revision: mcp.R20251125})
	defer b.Close()
	ask := func(name string) string {
		peer := &backendtest.Peer{Answer: jsontext.Value(`{"action":"accept","content":{"name":"` + name + `"}}`)}
		legacy := backendtest.Clients()[1]
		res, err := b.Call(t.Context(), backendtest.Alice, backendtest.Request(legacy, mcp.MethodToolsCall, "ask", `{}`, ""), peer)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return string(res.Raw)
	}
	if got := ask("first"); !strings.Contains(got, "hello first") {
		t.Fatalf("got %s", got)
	}
	// From here on it is known that the tool asks, so many at once keep apart.
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			name := fmt.Sprintf("person-%d", i)
			if got := ask(name); !strings.Contains(got, "hello "+name) {
				t.Errorf("%s: got %s", name, got)
			}
		})
	}
	all.Wait()
}
