package worker

import "sync/atomic"

// mostIdle bounds how many of a crew wait for work.
const mostIdle = 64

// crew does tasks of one kind at the same time, in goroutines that have done
// such tasks before as long as there are any. The stack of a new goroutine
// grows while it works, which in WebAssembly is a good part of a short task.
type crew[T any] struct {
	do    func(T)
	tasks chan T
	idle  atomic.Int32
}

func newCrew[T any](do func(T)) *crew[T] {
	return &crew[T]{do: do, tasks: make(chan T)}
}

// take has somebody do the task, and does not wait.
func (c *crew[T]) take(task T) {
	select {
	case c.tasks <- task:
	default:
		go c.work(task)
	}
}

// work does a task, and then those that others bring.
func (c *crew[T]) work(task T) {
	for more := true; more; task, more = c.next() {
		c.do(task)
	}
}

// next waits for a task, unless enough wait already.
func (c *crew[T]) next() (task T, more bool) {
	defer c.idle.Add(-1)
	if c.idle.Add(1) > mostIdle {
		return task, false
	}
	task, more = <-c.tasks
	return task, more
}
