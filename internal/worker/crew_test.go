package worker

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var working atomic.Int32
		release, done := make(chan struct{}), make(chan int, 3*mostIdle)
		c := newCrew(func(task int) {
			working.Add(1)
			<-release
			working.Add(-1)
			done <- task
		})
		for _, tt := range []struct {
			name  string
			tasks int
			idle  int32 // after them
		}{
			{"all are done at the same time", 10, 10},
			{"those who are idle go on, and nobody else is needed", 10, 10},
			{"fewer leave the others idle", 4, 10},
			{"more need more, and not all stay", 2 * mostIdle, mostIdle},
		} {
			for i := range tt.tasks {
				c.take(i)
			}
			synctest.Wait()
			if got := working.Load(); int(got) != tt.tasks {
				t.Errorf("%s: %d are at work, want %d", tt.name, got, tt.tasks)
			}
			sum := 0
			for range tt.tasks {
				release <- struct{}{}
				sum += <-done
			}
			synctest.Wait()
			if got := c.idle.Load(); got != tt.idle || sum != tt.tasks*(tt.tasks-1)/2 {
				t.Errorf("%s: %d are idle after it, want %d; the tasks sum up to %d", tt.name, got, tt.idle, sum)
			}
		}
		close(c.tasks) // nobody does so but the test, which may leave nobody behind
	})
}
