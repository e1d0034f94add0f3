//go:build unix && !linux

package stdio

import (
	"os/exec"
	"syscall"
)

// attributes put the child into a session of its own, away from our terminal
// and its signals. Here it outlives a host that is killed, unless it heeds the
// end of its input.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}

// awaitExit returns when the child has ended.
func awaitExit(cmd *exec.Cmd) { cmd.Wait() }

// killFamily ends what is left of the group of a child that has ended. Who has
// left the group escapes.
func killFamily(leader int, _ string) { killGroup(leader) }
