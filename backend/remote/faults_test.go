package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/backendtest"
	"gatehouse/gateway"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/mcp/client"
)

func callTool(ctx context.Context, b gateway.Backend, tool string) (string, error) {
	c := backendtest.Clients()[1]
	res, err := b.Call(ctx, backendtest.Alice, backendtest.Request(c, mcp.MethodToolsCall, tool, `{}`, "1"), new(backendtest.Peer))
	return string(res.Raw), err
}

func TestAFaultHarmsItsOwnCallAlone(t *testing.T) {
	for _, era := range []string{"modern", "legacy"} {
		t.Run(era, func(t *testing.T) {
			server := &rogue{modern: era == "modern"}
			url := serve(t, server)
			goroutines, files := runtime.NumGoroutine(), openFiles(t)
			b := open(t, client.Config{URL: url, MaxMessage: 4 << 20})
			if _, err := b.Catalog(t.Context()); err != nil {
				t.Fatal(err)
			}
			for name := range faults {
				t.Run(name, func(t *testing.T) { harmless(t, b, name) })
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			eventually(t, "goroutines and files are as many as before", func() bool {
				return runtime.NumGoroutine() <= goroutines && openFiles(t) <= files
			})
			if era == "legacy" && server.opened.Load() > 2 {
				t.Errorf("%d sessions were opened, want the host's and the client's", server.opened.Load())
			}
		})
	}
}

// harmless meets a fault, while another call goes well.
func harmless(t *testing.T, b gateway.Backend, name string) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	other := make(chan error, 1)
	go func() {
		_, err := callTool(t.Context(), b, "add")
		other <- err
	}()
	begun := time.Now()
	raw, err := callTool(ctx, b, name)
	if !errors.Is(err, fault.Unavailable) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call = %s, %v, want that the backend is unavailable", raw, err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the call took %v", took)
	}
	if public := fault.Public(err); strings.Contains(public, "127.0.0.1") || strings.Contains(public, "internal") {
		t.Errorf("a stranger reads %q", public)
	}
	if err := <-other; err != nil {
		t.Errorf("the call beside it: %v", err)
	}
	if raw, err := callTool(t.Context(), b, "add"); err != nil {
		t.Errorf("the next call = %s, %v", raw, err)
	}
}

func TestACancelledCallIsToldToALegacyServer(t *testing.T) {
	server := &rogue{}
	b := open(t, client.Config{URL: serve(t, server)})
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := callTool(ctx, b, "hung"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call: %v", err)
	}
	eventually(t, "the server was told", func() bool { return server.told.Load() == 1 })
}

func TestOfTwoAnswersTheFirstCounts(t *testing.T) {
	faults["two answers"] = func(w http.ResponseWriter, _ *http.Request, id mcp.ID) {
		stream(w)
		for n := range 3 {
			_ = say(w, mcp.AppendResult(nil, id, fmt.Appendf(nil, `{"n":%d}`, n)))
		}
	}
	defer delete(faults, "two answers")
	b := open(t, client.Config{URL: serve(t, new(rogue))})
	defer b.Close()
	for range 3 {
		if raw, err := callTool(t.Context(), b, "two answers"); err != nil || raw != `{"n":0}` {
			t.Errorf("call = %s, %v", raw, err)
		}
	}
}

func TestNothingListens(t *testing.T) {
	url := serve(t, new(rogue))
	b := open(t, client.Config{URL: strings.Replace(url, "127.0.0.1", "127.0.0.2", 1)})
	defer b.Close()
	if _, err := b.Catalog(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Catalog: %v", err)
	}
	begun := time.Now()
	if _, err := callTool(t.Context(), b, "add"); !errors.Is(err, fault.Unavailable) {
		t.Errorf("call: %v", err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// openFiles counts the open file descriptors, where the system lists them.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("not so: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
