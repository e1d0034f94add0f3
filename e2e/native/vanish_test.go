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

	"gatehouse/e2e/road"
)

// perPersonStreams is the bound of the configuration if it says nothing.
const perPersonStreams = 32

// TestVanish has clients go away while the server is busy with them.
func TestVanish(t *testing.T) {
	t.Parallel()
	p := launch{command: slow}.start(t)
	token := p.personal(t, "ada", "slow", "changing")
	session := p.Session(t, token)
	files := p.files()

	t.Run("a modern client that is gone has cancelled its call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var call sync.WaitGroup
		call.Go(func() {
			if r, err := p.Modern(ctx, token, "sleep", `{"ms":20000}`); err == nil {
				t.Errorf("the call = %v", r)
			}
		})
		p.awaitRecord(t, `"phase":"started"`, 1)
		cancel()
		call.Wait()
		p.awaitRecord(t, `"phase":"done"`, 1)
	})

	for name, q := range map[string]road.Request{
		"streams make room when their clients are gone": road.Listen(token),
		"so do those of a session":                      {Method: http.MethodGet, Token: token, Header: road.InSession(session)},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				for range perPersonStreams {
					p.begins(t, ctx, q, http.StatusOK)
				}
				p.begins(t, ctx, q, http.StatusTooManyRequests)
				cancel()
				p.awaitFiles(t, 0, files+8)
			}
		})
	}
}

// begins makes a request whose answer goes on until ctx ends.
func (p *process) begins(t *testing.T, ctx context.Context, q road.Request, want int) {
	t.Helper()
	res, err := p.Begin(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != want {
		t.Fatalf("the stream = %s, want %d", res.Status, want)
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
