package worker

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

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
	// maxReferences is how many more things of JavaScript it may have known at a
	// time by then. Those of some hundreds of calls wait for its collector.
	maxReferences = 1000
)

// TestMemory prints the memory of the program: what WebAssembly has given it,
// which it can never give back.
func TestMemory(t *testing.T) {
	p := workerd.Start(t, watched(t), t.TempDir(), workerd.NewKey())
	s := newSite(p.URL)
	s.health(t)
	t.Logf("at boot: %v", s.program(t))

	token := s.connect(t, "math whoami")
	var warm footprint
	for calls := 2000; calls <= 10000; calls += 2000 {
		s.calls(t, token, 2000)
		now := s.program(t)
		t.Logf("after %d calls: %v", calls, now)
		if warm == (footprint{}) {
			warm = now
		}
		if mib(now.Bytes) > maxMemory || mib(now.Bytes) > mib(warm.Bytes)+maxGrowth {
			t.Errorf("want at most %d MiB, and %d more than after the first 2000", maxMemory, maxGrowth)
		}
		if now.References > warm.References+maxReferences {
			t.Errorf("want at most %d references more than after the first 2000", maxReferences)
		}
	}
}

// TestEviction leaves objects alone until they are evicted: nothing of their
// programs may stay, since the isolate does.
func TestEviction(t *testing.T) {
	t.Parallel()
	const evicted = 10 * time.Second // by the runtime, when no request has come for so long
	p := workerd.Start(t, watched(t), t.TempDir(), workerd.NewKey())
	s := newSite(p.URL)
	for range 2 {
		s.health(t)
		if n := len(s.programs(t)); n != 1 {
			t.Errorf("there are %d programs beside a request, want 1", n)
		}
		left := 1
		for began := time.Now(); left > 0 && time.Since(began) < 3*evicted; left = len(s.programs(t)) {
			time.Sleep(evicted / 10)
		}
		if left > 0 {
			t.Fatalf("there are %d programs of objects that nobody asks, want none", left)
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
	config = bytes.Replace(config, []byte("services = ["), []byte(`v8Flags = ["--expose-gc"], services = [`), 1)
	for name, text := range map[string][]byte{"config.capnp": config, "memory.mjs": memoryPage} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// footprint is what a program keeps, as memory.mjs tells.
type footprint struct {
	Bytes      int `json:"bytes"`
	References int `json:"references"`
}

func (f footprint) String() string {
	return fmt.Sprintf("%.1f MiB, and up to %d references at a time", mib(f.Bytes), f.References)
}

// programs are those that are there.
func (s site) programs(t *testing.T) (all []footprint) {
	t.Helper()
	r := s.send(t, "GET", "/memory", "", nil)
	if err := json.Unmarshal([]byte(r.Body), &all); err != nil {
		t.Fatalf("memory: %v, %v", r, err)
	}
	return all
}

// program is the only one.
func (s site) program(t *testing.T) footprint {
	t.Helper()
	all := s.programs(t)
	if len(all) != 1 {
		t.Fatalf("there are %d programs, want 1", len(all))
	}
	return all[0]
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
