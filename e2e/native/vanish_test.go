package native

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// perPersonStreams is the bound of the configuration if it says nothing.
const perPersonStreams = 32

// TestVanish has clients go away while the server is busy with them.
func TestVanish(t *testing.T) {
	t.Parallel()
	p := launch{command: slow}.start(t)
	token := p.personal(t, "ada", "slow", "changing")
	session := p.session(t, token)
	files := p.files()

	t.Run("a modern client that is gone has cancelled its call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var call sync.WaitGroup
		call.Go(func() {
			if r, err := p.modern(ctx, token, "sleep", `{"ms":20000}`); err == nil {
				t.Errorf("the call = %v", r)
			}
		})
		p.awaitRecord(t, `"phase":"started"`, 1)
		cancel()
		call.Wait()
		p.awaitRecord(t, `"phase":"done"`, 1)
	})

	t.Run("streams make room when their clients are gone", func(t *testing.T) {
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			for range perPersonStreams {
				p.listens(t, ctx, token, http.StatusOK)
			}
			p.listens(t, ctx, token, http.StatusTooManyRequests)
			cancel()
			p.awaitFiles(t, 0, files+8)
		}
	})

	t.Run("so do those of a session", func(t *testing.T) {
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			for range perPersonStreams {
				p.opens(t, ctx, token, session, http.StatusOK)
			}
			p.opens(t, ctx, token, session, http.StatusTooManyRequests)
			cancel()
			p.awaitFiles(t, 0, files+8)
		}
	})
}

func (p *process) listens(t *testing.T, ctx context.Context, token string, want int) {
	t.Helper()
	p.begins(t, ctx, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},`+meta+`}}`, http.Header{
		"Authorization": {"Bearer " + token}, "Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"subscriptions/listen"}}, want)
}

func (p *process) opens(t *testing.T, ctx context.Context, token, session string, want int) {
	t.Helper()
	p.begins(t, ctx, "GET", "", http.Header{
		"Authorization": {"Bearer " + token}, "Mcp-Session-Id": {session}, "Mcp-Protocol-Version": {"2025-11-25"}}, want)
}

// begins makes a request whose answer goes on until ctx ends.
func (p *process) begins(t *testing.T, ctx context.Context, method, body string, header http.Header, want int) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, p.url+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	res, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != want {
		t.Fatalf("%s = %s, want %d", method, res.Status, want)
	}
}

// awaitRecord waits until this text is n times in the record of calls.
func (p *process) awaitRecord(t *testing.T, text string, n int) {
	t.Helper()
	for range 100 {
		record, err := os.ReadFile(filepath.Join(p.data, "audit.jsonl"))
		if err == nil && strings.Count(string(record), text) >= n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the record does not say %s %d times", text, n)
}
