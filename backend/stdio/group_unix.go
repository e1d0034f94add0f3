//go:build unix

package stdio

import "syscall"

// terminateGroup asks all of a group to end. That nobody is left is fine.
func terminateGroup(leader int) { syscall.Kill(-leader, syscall.SIGTERM) }

// killGroup ends all of a group.
func killGroup(leader int) { syscall.Kill(-leader, syscall.SIGKILL) }
