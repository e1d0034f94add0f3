package stdio

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestFamily shows that nobody of a family is left, wherever it went.
func TestFamily(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, d *Dialer, pid int){
		"the line is closed":  func(t *testing.T, d *Dialer, _ int) { d.Close() },
		"the child is killed": func(t *testing.T, _ *Dialer, pid int) { syscall.Kill(pid, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := dialer(t, "fork", nil)
			conn := dial(t, d, "")
			if _, err := ask(t, conn, 1, "x"); err != nil {
				t.Fatal(err)
			}
			p := conn.(*process)
			pid := int(p.pid.Load())
			eventually(t, "the family has its members", func() bool { return len(familyMarked(p.mark)) >= 7 })
			end(t, d, pid)
			<-p.gone
			if left := familyMarked(p.mark); len(left) > 0 {
				t.Errorf("%d of the family are left: %v", len(left), left)
			}
		})
	}
}

// TestHostKilled kills a host as nothing can be done about. Who stayed in the
// group of the child ends; who has a session of its own does not, and is ended
// here.
func TestHostKilled(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childName+"=host")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	mark := strings.TrimSpace(said)
	eventually(t, "the family has its members", func() bool { return len(familyMarked(mark)) >= 7 })
	var groups []int // of the child and of the guard
	for _, e := range readTable() {
		if e.parent == cmd.Process.Pid {
			groups = append(groups, e.group)
		}
	}
	if len(groups) != 2 {
		t.Fatalf("the host has %d children, want the server and the guard", len(groups))
	}
	t.Cleanup(func() { killStrays(-1, mark) })
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "both groups have ended", func() bool {
		return !slices.ContainsFunc(readTable(), func(e entry) bool { return !e.dead && slices.Contains(groups, e.group) })
	})
}

// familyMarked returns all processes with the mark.
func familyMarked(mark string) (pids []int) {
	for _, e := range readTable() {
		if !e.dead && marked(e.pid, mark) {
			pids = append(pids, e.pid)
		}
	}
	return pids
}

func TestParseStat(t *testing.T) {
	const tail = " 10 11 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 2000 3 184467 0"
	for name, tt := range map[string]struct {
		stat string
		want entry
		ok   bool
	}{
		"a process":                  {"7 (node) S" + tail, entry{7, 10, 11, 12, 3 * int64(os.Getpagesize()), false}, true},
		"one that is not reaped":     {"7 (node) Z" + tail, entry{7, 10, 11, 12, 3 * int64(os.Getpagesize()), true}, true},
		"a name that plays tricks":   {"7 (a) S 1 2 3 ) S" + tail, entry{7, 10, 11, 12, 3 * int64(os.Getpagesize()), false}, true},
		"nothing":                    {"", entry{}, false},
		"a line that was cut":        {"7 (node) S 10 11", entry{}, false},
		"a name that does not close": {"7 (node S" + tail, entry{}, false},
		"what is no number":          {"7 (node) S x" + tail, entry{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := parseStat(7, []byte(tt.stat)); got != tt.want || ok != tt.ok {
				t.Errorf("parseStat = %+v, %t, want %+v, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (node) S 10 11 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 2000 3 184467 0"))
	f.Add([]byte("7 (a) b) S"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		if e, ok := parseStat(7, stat); ok && e.pid != 7 {
			t.Errorf("parseStat = %+v", e)
		}
	})
}
