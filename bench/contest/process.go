package contest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a server that this command started and will end.
type Process struct {
	cmd  *exec.Cmd
	Addr string        // where it listens
	log  string        // the file with what it said
	done chan struct{} // closed when the process is gone
	err  error         // what it ended with, once done is closed
}

// Start runs a server and waits until it accepts connections. env is added to
// the environment; in args, ADDR stands for the address to listen on, and PORT
// for its port.
func Start(ctx context.Context, dir, name string, env []string, args ...string) (*Process, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	where := strings.NewReplacer("ADDR", addr, "PORT", port)
	for i := range args {
		args[i] = where.Replace(args[i])
	}
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &Process{Addr: addr, log: log.Name(), done: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	if err := p.await(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, p.lastWords())
	}
	return p, nil
}

// FreeAddr finds a port on the loopback interface that is free now.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (p *Process) await(ctx context.Context) error {
	for range 200 {
		if conn, err := net.Dial("tcp", p.Addr); err == nil {
			return conn.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("ended before it listened: %w", p.err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("does not listen after ten seconds")
}

// Stop ends the process and returns when it is gone. It may be called again.
func (p *Process) Stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// Said returns what the process has said so far.
func (p *Process) Said() ([]byte, error) { return os.ReadFile(p.log) }

func (p *Process) lastWords() string {
	said, _ := os.ReadFile(p.log)
	return string(said[max(0, len(said)-2000):])
}

// clockTick is the unit of CPU time in /proc (USER_HZ), which is 100 on every
// platform of Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// cpu returns the CPU time that the process has used, in all its threads.
func (p *Process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseStat(stat)
}

// parseStat reads user and system time out of /proc/PID/stat (proc(5), fields
// 14 and 15). The name of the command, field 2, may itself hold blanks and
// brackets.
func parseStat(stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	if end < 0 || len(fields) < 13 {
		return 0, fmt.Errorf("stat %q", stat)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// RSS returns the resident memory of the process in bytes.
func (p *Process) RSS() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseRSS(status)
}

func parseRSS(status []byte) (int64, error) {
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("status without VmRSS")
}
