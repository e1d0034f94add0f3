package worker

import (
	"runtime"
	"testing"
	"testing/synctest"
)

func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, done := make(chan struct{}), make(chan int, 3*mostIdle)
		c := newCrew(func(task int) {
			<-release
			done <- task
		})
		before := runtime.NumGoroutine()
		for _, tt := range []struct {
			name               string
			tasks, crew, after int
		}{
			{"all are done at the same time", 10, 10, 10},
			{"those who are idle go on, and nobody else is needed", 10, 10, 10},
			{"fewer leave the others idle", 4, 10, 10},
			{"more need more", 2 * mostIdle, 2 * mostIdle, mostIdle},
		} {
			for i := range tt.tasks {
				c.take(i)
			}
			synctest.Wait()
			if got := runtime.NumGoroutine() - before; got != tt.crew || len(done) > 0 {
				t.Errorf("%s: the crew is %d, and %d are done, want %d and none", tt.name, got, len(done), tt.crew)
			}
			sum := 0
			for range tt.tasks {
				release <- struct{}{}
				sum += <-done
			}
			synctest.Wait()
			if got := runtime.NumGoroutine() - before; got != tt.after || sum != tt.tasks*(tt.tasks-1)/2 {
				t.Errorf("%s: the crew is %d after it, and the tasks sum up to %d", tt.name, got, sum)
			}
		}
		close(c.tasks) // nobody does so but the test, which may leave nobody behind
	})
}
