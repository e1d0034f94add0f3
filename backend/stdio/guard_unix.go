//go:build unix

package stdio

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// guard outlives a host that is killed, and then kills the groups of its
// children. A signal from the kernel reaches the child alone (and only on
// Linux), and a child that is run by a package runner or a shell is seldom the
// server itself. The guard is a shell that reads which groups there are, and
// acts when its input ends with some of them left.
type guard struct {
	mu  sync.Mutex
	in  *os.File // nil as long as there is nothing to guard
	cmd *exec.Cmd
	n   int
}

const guardScript = `
trap '' HUP INT TERM
groups=' '
while read -r op group; do
	case $op in
	+) groups="$groups$group " ;;
	-) groups="${groups%% $group *} ${groups#* $group }" ;;
	esac
done
for group in $groups; do
	kill -9 "-$group"
done
`

// add takes a group under guard. Where there is no shell, there is no guard.
func (g *guard) add(leader int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n++; g.n == 1 {
		if err := g.start(); err != nil {
			return err
		}
	}
	g.tell('+', leader)
	return nil
}

// drop is called while the number of the group cannot yet be another's.
func (g *guard) drop(leader int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tell('-', leader)
	if g.n--; g.n == 0 && g.in != nil {
		g.in.Close()
		g.cmd.Process.Kill() // it would end by itself, if nobody has stopped it
		g.cmd.Wait()
		g.in, g.cmd = nil, nil
	}
}

func (g *guard) start() error {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	cmd.Stdin = theirs
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		ours.Close()
		return err
	}
	g.in, g.cmd = ours, cmd
	return nil
}

// tell writes one line. It is short and always read, or the guard has died.
func (g *guard) tell(op rune, leader int) {
	if g.in != nil {
		fmt.Fprintf(g.in, "%c %d\n", op, leader)
	}
}
