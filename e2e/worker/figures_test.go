package worker

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
)

// maxMiB bounds what a process keeps after many calls, which a program that
// does not give back what a call took would pass.
const maxMiB = 400

// TestFigures prints what the Worker costs.
func TestFigures(t *testing.T) {
	s, p := start(t, command)
	program, err := os.ReadFile(filepath.Join(workerd.Build(t, command), "build", "gatehouse.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("program: %.2f MiB, %.2f MiB gzipped", mib(len(program)), mib(gzipped(t, program)))

	idle := resident(t, p.PID())
	cold := s.health(t)
	warm := min(s.health(t), s.health(t), s.health(t))
	t.Logf("start: %v (first answer %v, the next %v)", cold-warm, cold, warm)
	t.Logf("memory of the process: %d MiB, %d MiB with the program in it", idle, resident(t, p.PID()))

	token := s.connect(t, "math whoami")
	s.Site = road.New(p.URL) // whose connections are kept, as clients do
	add := road.ModernCall(token, "add", `{"a":1,"b":2}`)
	add.Header["Idempotency-Key"] = nil // so net/http asks again if workerd has hung up
	const clients, calls = 16, 4000
	began, before := time.Now(), busy(t, p.PID())
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range calls / clients {
				if r := s.Ask(t, add); !r.Adds(3) {
					t.Errorf("add = %v", r)
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	after := resident(t, p.PID())
	t.Logf("%d calls of %d clients: %.0f a second, at %v of CPU each; %d MiB after them",
		calls, clients, calls/took.Seconds(), (busy(t, p.PID())-before)/calls, after)
	if after > maxMiB {
		t.Errorf("the process has %d MiB after %d calls", after, calls)
	}
}

// TestIdle leaves an object alone that has worked: it must not be kept awake.
func TestIdle(t *testing.T) {
	s, p := start(t, command)
	token := s.connect(t, "math whoami")
	for range 50 {
		s.Call(t, token, "add", `{"a":1,"b":2}`)
	}
	time.Sleep(2 * time.Second) // what the calls left is written down
	const watched = 3 * time.Second
	before := busy(t, p.PID())
	time.Sleep(watched)
	spent := busy(t, p.PID()) - before
	if spent > 50*time.Millisecond {
		t.Errorf("an idle object took %v of CPU in %v", spent, watched)
	}
	t.Logf("an idle object took %v of CPU in %v", spent, watched)
}

// health asks for an answer that needs the program and nothing else.
func (s site) health(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	if r := s.send(t, "GET", "/healthz", "", nil); r.Status != 200 {
		t.Fatalf("health = %v", r)
	}
	return time.Since(began)
}

func gzipped(t *testing.T, data []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func mib(n int) float64 { return float64(n) / (1 << 20) }

// resident is the memory of a process in MiB, where the system tells.
func resident(t *testing.T, pid int) (n int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscanf(rest, "%d kB", &n); err != nil {
		t.Fatal(err)
	}
	return n >> 10
}

// busy is the CPU time that a process has had, where the system tells.
func busy(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // Linux counts in hundredths
}
