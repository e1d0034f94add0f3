package stdio

import (
	"os/exec"
	"strconv"
	"syscall"
)

// attributes keep the signals of our console from the child.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}

// awaitExit returns when the child has ended.
func awaitExit(cmd *exec.Cmd) { cmd.Wait() }

// terminateGroup does nothing: a process without a window cannot be asked.
func terminateGroup(int) {}

// killGroup ends a process and all that descend from it.
func killGroup(leader int) {
	exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(leader)).Run()
}

// killFamily does nothing: once the child has ended its descendants are not
// known any more.
func killFamily(int, string) {}
