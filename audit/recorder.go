package audit

import (
	"cmp"
	"context"
	"sync"
	"time"

	"gatehouse/internal/fault"
)

// Sink keeps events. Its methods are never called concurrently.
type Sink interface {
	// Write keeps all of the events or, failing, none of them: they are then
	// written again. It must not hold on to the slice.
	Write(events []Event) error
	Close() error
}

// Options are the bounds of a [Recorder]. A zero one has its default.
type Options struct {
	Delay  time.Duration // how long an event may wait for others: 200 ms
	Batch  int           // how many do not wait longer: 512
	Buffer int           // how many may wait at all: 8192
	Wait   time.Duration // how long Record waits for room in the buffer: 1 s
	Retry  time.Duration // how long to leave a sink that failed: 1 s
}

// Recorder hands events to a sink, a batch at a time.
type Recorder struct {
	sink Sink
	Options

	begun chan struct{} // the buffer is no longer empty
	full  chan struct{} // a batch is together
	stop  chan struct{} // Close was called
	done  chan struct{} // all is written, or given up

	mu      sync.Mutex
	pending []Event
	spare   []Event       // the other buffer, while no batch is being written
	change  chan struct{} // closed when there may be room, or none will come
	failure error         // of the sink's last write
	lost    error         // why a batch was given up, after Close
	closed  bool
}

// NewRecorder returns a recorder that owns the sink. It must be closed.
func NewRecorder(sink Sink, o Options) *Recorder {
	r := &Recorder{
		sink: sink,
		Options: Options{
			Delay:  cmp.Or(o.Delay, 200*time.Millisecond),
			Batch:  cmp.Or(o.Batch, 512),
			Buffer: cmp.Or(o.Buffer, 8192),
			Wait:   cmp.Or(o.Wait, time.Second),
			Retry:  cmp.Or(o.Retry, time.Second),
		},
		begun:  make(chan struct{}, 1),
		full:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
		change: make(chan struct{}),
	}
	go r.run()
	return r
}

// Record takes the event. When it returns nil the event will be written unless
// the process dies within the delay. It fails with fault.Unavailable if the
// sink failed, or is so far behind that there is no room in time. An event of
// phase [Done] is taken even while the sink fails, as long as there is room:
// what it tells of has happened.
func (r *Recorder) Record(ctx context.Context, ev Event) error {
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	ev.bound()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.awaitRoom(ctx, ev.Phase); err != nil {
		return err
	}
	r.pending = append(r.pending, ev)
	if len(r.pending) == 1 {
		signal(r.begun)
	}
	if len(r.pending) == r.Batch {
		signal(r.full)
	}
	return nil
}

// Close writes what is pending and closes the sink. It fails if that cannot be
// done before ctx ends.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.stop)
		r.announce()
	}
	r.mu.Unlock()
	select {
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "The audit record could not be written in time.")
	case <-r.done:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// awaitRoom returns with the lock held, as it was called.
func (r *Recorder) awaitRoom(ctx context.Context, phase Phase) error {
	if err := r.refusal(phase); err != nil || len(r.pending) < r.Buffer {
		return err
	}
	late := time.NewTimer(r.Wait)
	defer late.Stop()
	for len(r.pending) >= r.Buffer {
		change := r.change
		r.mu.Unlock()
		var err error
		select {
		case <-change:
		case <-late.C:
			err = fault.New(fault.Unavailable, "The audit record is behind. Try again in a moment.")
		case <-ctx.Done():
			err = ctx.Err()
		}
		r.mu.Lock()
		if err == nil {
			err = r.refusal(phase)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) refusal(phase Phase) error {
	switch {
	case r.closed:
		return fault.New(fault.Unavailable, "The server is shutting down.")
	case r.failure != nil && (phase != Done || len(r.pending) >= r.Buffer):
		return r.failure
	}
	return nil
}

// run writes batches until Close is called, and then what is left.
func (r *Recorder) run() {
	defer close(r.done)
	for r.gather() {
		r.flush()
	}
	r.flush()
	err := r.sink.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost == nil && err != nil {
		r.lost = fault.Wrap(err, fault.Unavailable, "The audit record could not be closed.")
	}
}

// gather waits for a batch. It is false when there will be no more.
func (r *Recorder) gather() bool {
	select {
	case <-r.begun:
	case <-r.stop:
		return false
	}
	return r.sleep(r.Delay, r.full)
}

// flush writes what is pending, as often as it takes. After Close it tries
// once more and no further.
func (r *Recorder) flush() {
	events := r.take()
	if len(events) == 0 {
		return
	}
	err := r.write(events)
	for again := true; err != nil && again; {
		again = r.sleep(r.Retry, nil)
		err = r.write(events)
	}
	clear(events) // lets go of the texts
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spare = events[:0]
	if err != nil {
		r.lost = r.failure
	}
}

// take empties the buffer and makes room in it.
func (r *Recorder) take() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.pending
	r.pending, r.spare = r.spare, nil
	r.announce()
	return events
}

func (r *Recorder) write(events []Event) error {
	err := r.sink.Write(events)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = nil
	if err != nil {
		r.failure = fault.Wrap(err, fault.Unavailable, "The audit record cannot be written, so nothing can be done. Try again later.")
	}
	r.announce()
	return err
}

// announce wakes those who wait for room. It is called with the lock held.
func (r *Recorder) announce() {
	close(r.change)
	r.change = make(chan struct{})
}

// sleep waits until the time is over or the channel speaks. It is false, and
// at once, when Close was called.
func (r *Recorder) sleep(d time.Duration, early <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-r.stop:
		return false
	}
	return true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
