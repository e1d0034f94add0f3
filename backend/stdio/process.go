//go:build !js

package stdio

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Why a process is asked to end though it has done nothing wrong.
var (
	errClosed   = errors.New("was closed")
	errIdle     = errors.New("was idle")
	errReplaced = errors.New("made room for another")

	faultless = []error{errClosed, errIdle, errReplaced}
)

// Why a process is made to end.
var (
	errSilent  = errors.New("did not answer in time after its start")
	errDeaf    = errors.New("does not read its input")
	errMute    = errors.New("closed its output")
	errEndless = errors.New("wrote a message longer than the limit")
	errFat     = errors.New("used more memory than the limit")
)

// process is one child with its family, and the line to it. It is made by
// Dial, starts once, and ends once.
type process struct {
	dialer *Dialer
	config *Config
	person string
	mark   string // in the environment of the whole family

	since time.Time    // of its start; to be read once pid is there
	pid   atomic.Int64 // 0 before the start

	stdin, stdout, stderr *os.File // our ends of the pipes

	reading sync.Mutex // held by who reads stdout
	reader  *bufio.Reader
	long    []byte // a message that is longer than the reader's buffer

	mu      sync.Mutex
	reason  error  // why it was asked to end; nil if nobody did
	reaped  bool   // it has ended, and its pid may be another's
	why     string // it ended; "" until that is known
	greeted bool   // it has said something
	ledger  ledger
	last    time.Time // of the last message either way
	queue   []byte    // what is to be written
	room    chan struct{}

	ready    chan struct{} // closed when the start is over, well or not
	wake     chan struct{} // there is something to write; holds one
	halt     chan struct{} // closed when it is asked to end
	exited   chan struct{} // closed when it and its family have ended
	outEnded chan struct{} // closed when its output has been read to the end
	errEnded chan struct{}
	gone     chan struct{} // closed when nothing is left

	idle, greeting *time.Timer
	noise          *noise
}

func newProcess(d *Dialer, person string) *process {
	return &process{
		dialer: d, config: &d.config, person: person,
		mark:     markName + "=" + rand.Text(),
		last:     time.Now(),
		ledger:   make(ledger),
		room:     make(chan struct{}),
		ready:    make(chan struct{}),
		wake:     make(chan struct{}, 1),
		halt:     make(chan struct{}),
		exited:   make(chan struct{}),
		outEnded: make(chan struct{}),
		errEnded: make(chan struct{}),
		gone:     make(chan struct{}),
	}
}

// markName is the variable by which a family is known.
const markName = "GATEHOUSE_CHILD"

// start runs the command. If it fails, nothing is left of the process but its
// place with the dialer.
func (p *process) start() error {
	defer close(p.ready)
	err := p.launch()
	if err != nil {
		closeAll([]*os.File{p.stdin, p.stdout, p.stderr})
		close(p.gone)
	}
	return err
}

func (p *process) launch() error {
	if p.halting() {
		return p.ending() // the dialer was closed meanwhile
	}
	path, err := p.config.find()
	if err != nil {
		return err
	}
	cmd := exec.Command(path, p.config.Args...)
	cmd.Args[0] = p.config.Command
	cmd.Dir = p.config.Dir
	cmd.Env = append(p.config.environment(), p.mark)
	cmd.SysProcAttr = attributes()
	theirs, err := p.connect(cmd)
	defer closeAll(theirs)
	if err != nil {
		return err
	}
	started := make(chan error, 1)
	go p.run(cmd, started)
	return <-started
}

// connect makes the three pipes and returns the child's ends of them.
func (p *process) connect(cmd *exec.Cmd) (theirs []*os.File, err error) {
	in, stdin, err1 := os.Pipe()
	stdout, out, err2 := os.Pipe()
	stderr, errs, err3 := os.Pipe()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	p.stdin, p.stdout, p.stderr = stdin, stdout, stderr
	p.reader = bufio.NewReaderSize(stdout, 64<<10)
	return []*os.File{in, out, errs}, errors.Join(err1, err2, err3)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// run starts the child and stays with it to its end. It keeps its thread to
// itself: on Linux the child is killed when the thread that started it ends,
// which is how it goes with a host that is killed.
func (p *process) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	p.attend(cmd.Process.Pid)
	started <- nil

	awaitExit(cmd)
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	killFamily(cmd.Process.Pid, p.mark)
	p.dialer.guard.drop(cmd.Process.Pid)
	cmd.Wait() // its error is in the state
	how := p.describe(cmd.ProcessState)
	p.dialer.note(p, how)
	close(p.exited)
	p.finish(how)
}

// attend begins all that goes on beside a running process.
func (p *process) attend(pid int) {
	c := p.config
	p.since = time.Now()
	p.pid.Store(int64(pid))
	c.Log.Info("server started", "pid", pid, "subject", p.person)
	p.dialer.started(pid)
	p.noise = newNoise(c, pid)
	go p.write()
	go p.listen()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.greeting = time.AfterFunc(c.Start, func() { p.kill(errSilent) })
	if c.Idle > 0 {
		p.idle = time.AfterFunc(c.Idle, p.checkIdle)
	}
}

// finish lets go of everything. What the process wrote last is still read, as
// long as that takes no longer than a moment.
func (p *process) finish(how end) {
	p.quieten()
	moment := time.NewTimer(time.Second)
	defer moment.Stop()
	for _, ended := range []chan struct{}{p.outEnded, p.errEnded} {
		select {
		case <-ended:
		case <-moment.C:
			moment.Reset(0)
		}
	}
	closeAll([]*os.File{p.stdin, p.stdout, p.stderr})
	p.noise.close()
	log := p.config.Log.With("pid", p.pid.Load(), "subject", p.person, "why", how.why, "lived", how.lived.Round(time.Millisecond))
	if how.asked {
		log.Info("server ended")
	} else {
		log.Warn("server died")
	}
	p.dialer.remove(p)
	close(p.gone)
}

// end is how a process ended.
type end struct {
	why   string
	asked bool // it was asked to, and had done nothing wrong
	lived time.Duration
}

func (p *process) describe(state *os.ProcessState) end {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := end{why: cmp.Or(state.String(), "ended"), lived: time.Since(p.since)}
	switch e.asked = slices.Contains(faultless, p.reason); {
	case e.asked:
		e.why = p.reason.Error()
	case p.reason != nil:
		e.why = p.reason.Error() + "; " + e.why
	}
	p.why = e.why
	return e
}
