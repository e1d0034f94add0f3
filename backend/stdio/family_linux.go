package stdio

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// watchesMemory says whether memory can be bounded here.
const watchesMemory = true

// attributes put the child into a session of its own, away from our terminal
// and its signals, and have it killed when the host dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit returns when the child has ended, and leaves it unreaped, so that
// its pid and its group remain its own until the family has ended too.
func awaitExit(cmd *exec.Cmd) {
	const byPID = 1 // P_PID
	for {
		_, _, err := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(cmd.Process.Pid), 0, syscall.WEXITED|syscall.WNOWAIT, 0, 0)
		if err != syscall.EINTR {
			return
		}
	}
}

// killFamily ends what is left of the family of a child that has ended: its
// group, its session, and who has left both with the mark in the environment.
// What runs as another user, or cleared its environment, escapes the latter.
func killFamily(leader int, mark string) {
	killGroup(leader)
	for range 10 { // a family may grow while it is counted
		if killStrays(leader, mark) == 0 {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func killStrays(leader int, mark string) (killed int) {
	for _, e := range readTable() {
		if e.pid == leader || e.dead || !e.in(leader) && !marked(e.pid, mark) {
			continue
		}
		p, err := os.FindProcess(e.pid) // a handle on the process, not on its number
		if err != nil {
			continue
		}
		if now, ok := readEntry(e.pid); ok && (now.in(leader) || marked(e.pid, mark)) && p.Kill() == nil {
			killed++
		}
		p.Release()
	}
	return killed
}

// marked reports whether a process started with the mark in its environment.
func marked(pid int, mark string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false // it has ended, or is not ours
	}
	for variable := range bytes.SplitSeq(env, []byte{0}) {
		if string(variable) == mark {
			return true
		}
	}
	return false
}

// readTable returns all processes that can be seen.
func readTable() (t table) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if e, ok := readEntry(pid); ok {
				t = append(t, e)
			}
		}
	}
	return t
}

func readEntry(pid int) (entry, bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return entry{}, false
	}
	return parseStat(pid, stat)
}

// parseStat reads a line of /proc/PID/stat (proc_pid_stat(5)). The name of the
// program stands in parentheses and may hold anything, so the fields are
// counted from behind it.
func parseStat(pid int, stat []byte) (entry, bool) {
	_, rest, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	fields := bytes.Fields(rest)
	if !ok || len(fields) < 22 {
		return entry{}, false
	}
	var numbers [4]int
	for i, at := range [...]int{1, 2, 3, 21} { // ppid, pgrp, session, rss in pages
		n, err := strconv.Atoi(string(fields[at]))
		if err != nil {
			return entry{}, false
		}
		numbers[i] = n
	}
	state := fields[0][0]
	return entry{
		pid: pid, parent: numbers[0], group: numbers[1], session: numbers[2],
		memory: int64(numbers[3]) * int64(os.Getpagesize()),
		dead:   state == 'Z' || state == 'X',
	}, true
}
