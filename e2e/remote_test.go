package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
)

// TestRemote talks to mcp-remote as Claude Desktop does: over its standard
// input and output, while it logs in with a browser.
func TestRemote(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, c := range []struct {
			name, transport, strategy, protocol string
		}{
			{"over http, older revisions", "http", "http-only", "legacy"},
			{"over http, what is offered", "http", "http-only", "auto"},
			{"over sse", "sse", "sse-only", "legacy"},
		} {
			t.Run(c.name, func(t *testing.T) {
				r := startRemote(t, tools, h.endpoint(c.transport), "--transport", c.strategy, "--protocol", c.protocol)
				r.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"desktop","version":"1"}}}`)
				r.answer(t, 1, nil)
				r.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)

				r.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
				var list struct {
					Tools []struct {
						Name string `json:"name"`
					} `json:"tools"`
				}
				r.answer(t, 2, &list)
				if len(list.Tools) == 0 {
					t.Error("tools/list is empty")
				}

				r.send(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add","arguments":{"a":20,"b":22}}}`)
				var sum toolResult
				r.answer(t, 3, &sum)
				if !sum.says("42") {
					t.Errorf("20+22 = %+v", sum)
				}
			})
		}
	})
}

// remote is a running mcp-remote.
type remote struct {
	in    io.WriteCloser
	lines chan []byte
	log   *server.Log
}

func startRemote(t *testing.T, tools node.Tools, endpoint string, flags ...string) *remote {
	t.Helper()
	args := append([]string{endpoint, freePort(t)}, flags...)
	cmd := tools.Command(t, time.Minute, tools.Package("mcp-remote/dist/proxy.js"), args...)
	cmd.Env = append(append(cmd.Env, personFor(t, visit)...), "MCP_REMOTE_CONFIG_DIR="+t.TempDir())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := &remote{in: in, lines: make(chan []byte), log: new(server.Log)}
	cmd.Stderr = r.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			r.lines <- bytes.Clone(s.Bytes())
		}
	}()
	t.Cleanup(func() {
		in.Close() // it ends when nobody talks to it any more
		for range r.lines {
		}
		cmd.Wait()
	})
	return r
}

func (r *remote) send(message string) { fmt.Fprintln(r.in, message) }

// answer waits for the result of the request with this id.
func (r *remote) answer(t *testing.T, id int, result any) {
	t.Helper()
	for {
		select {
		case line, open := <-r.lines:
			if !open {
				t.Fatalf("mcp-remote ended before it answered request %d:\n%s", id, r.log.Tail(8<<10))
			}
			var m struct {
				ID     jsontext.Value `json:"id"`
				Result jsontext.Value `json:"result"`
				Error  jsontext.Value `json:"error"`
			}
			if err := json.Unmarshal(line, &m); err != nil {
				t.Fatalf("mcp-remote wrote %q: %v", line, err)
			}
			if string(m.ID) != fmt.Sprint(id) {
				continue // a notification, or a request for the client
			}
			if m.Result == nil {
				t.Fatalf("request %d: %s", id, m.Error)
			}
			if result != nil {
				if err := json.Unmarshal(m.Result, result); err != nil {
					t.Fatalf("request %d: %v in %s", id, err, m.Result)
				}
			}
			return
		case <-time.After(40 * time.Second):
			t.Fatalf("no answer to request %d:\n%s", id, r.log.Tail(8<<10))
		}
	}
}
