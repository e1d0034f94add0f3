package worker

import (
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
		for _, tt := range []struct {
			name              string
			tasks, idle, left int // who is idle beside the tasks, and after them
		}{
			{"all are done at the same time", 10, 0, 10},
			{"those who are idle go on, and nobody else is needed", 10, 0, 10},
			{"fewer leave the others idle", 4, 6, 10},
			{"more need more, of whom not all stay", 2 * mostIdle, 0, mostIdle},
		} {
			for i := range tt.tasks {
				c.take(i)
			}
			synctest.Wait()
			if got := int(c.idle.Load()); got != tt.idle || len(done) > 0 {
				t.Errorf("%s: %d are idle beside it, want %d; %d tasks are done, want none", tt.name, got, tt.idle, len(done))
			}
			sum := 0
			for range tt.tasks {
				release <- struct{}{}
				sum += <-done
			}
			synctest.Wait()
			if got := int(c.idle.Load()); got != tt.left || sum != tt.tasks*(tt.tasks-1)/2 {
				t.Errorf("%s: %d are idle after it, want %d; the tasks sum up to %d", tt.name, got, tt.left, sum)
			}
		}
		close(c.tasks) // nobody does so but the test, which may leave nobody behind
	})
}
