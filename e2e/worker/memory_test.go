package worker

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gatehouse/e2e/workerd"
)

//go:embed memory.mjs
var memoryPage []byte

const (
	// maxMemory is what the program may have, in MiB. Objects of a class share
	// the 128 MiB of an isolate with one another and with their own records.
	maxMemory = 32
	// maxGrowth is what it may take beyond what it had once it was warm.
	maxGrowth = 2
)

// TestMemory prints the memory of the program: what WebAssembly has given it,
// which it can never give back.
func TestMemory(t *testing.T) {
	p := workerd.Start(t, watched(t), t.TempDir(), workerd.NewKey())
	s := newSite(p.URL)
	s.health(t)
	t.Logf("at boot: %.1f MiB", s.memory(t))

	token := s.connect(t, "math whoami")
	warm := 0.0
	for calls := 2000; calls <= 10000; calls += 2000 {
		s.calls(t, token, 2000)
		now := s.memory(t)
		t.Logf("after %d calls: %.1f MiB", calls, now)
		if warm == 0 {
			warm = now
		}
		if now > maxMemory || now > warm+maxGrowth {
			t.Errorf("%.1f MiB after %d calls, and %.1f MiB after the first 2000; want at most %d MiB, and %d more", now, calls, warm, maxMemory, maxGrowth)
		}
	}
}

// watched lays out the command with memory.mjs before it.
func watched(t *testing.T) (dir string) {
	t.Helper()
	built := workerd.Build(t, command)
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(built)); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(built, "config.capnp"))
	if err != nil {
		t.Fatal(err)
	}
	first := []byte(`modules = [(name = "memory.mjs", esModule = embed "memory.mjs"),`)
	config = bytes.Replace(config, []byte("modules = ["), first, 1)
	for name, text := range map[string][]byte{"config.capnp": config, "memory.mjs": memoryPage} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// memory is that of the program, in MiB.
func (s site) memory(t *testing.T) float64 {
	t.Helper()
	n, err := strconv.Atoi(s.send(t, "GET", "/memory", "", nil).Body)
	if err != nil || n == 0 {
		t.Fatalf("memory: %d, %v", n, err)
	}
	return mib(n)
}

// calls makes n calls of a tool, of 16 clients at a time.
func (s site) calls(t *testing.T, token string, n int) {
	t.Helper()
	const clients = 16
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range n / clients {
				if r := s.Call(t, token, "add", `{"a":1,"b":2}`); !strings.Contains(r.Body, `{"result":3}`) {
					t.Errorf("add = %v", r)
					return
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
