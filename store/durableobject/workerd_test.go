//go:build !js

package durableobject_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"gatehouse/e2e/workerd"
)

// TestInWorkerd runs the tests of the js/wasm target inside a Durable Object.
func TestInWorkerd(t *testing.T) {
	dir, state := workerd.BuildTests(t), t.TempDir()

	t.Run("the driver passes its tests", func(t *testing.T) {
		workerd.PassTests(t, workerd.Start(t, dir, state).URL+"/all", ".")
	})
	t.Run("what was written is there after a kill and after an end", func(t *testing.T) {
		process := workerd.Start(t, dir, state)
		workerd.PassTests(t, process.URL+"/left", "^TestLeave$")
		process.Kill()
		process = workerd.Start(t, dir, state)
		workerd.PassTests(t, process.URL+"/left", "^TestFind$")
		process.Terminate(t)
		process = workerd.Start(t, dir, state)
		workerd.PassTests(t, process.URL+"/left", "^TestFind$")
	})
	t.Run("what the outside was told is there after a kill at any moment", func(t *testing.T) {
		for round := range 4 {
			object := fmt.Sprintf("/told-%d", round)
			process := workerd.Start(t, dir, state)
			told := killAfter(t, process, object, 20+30*round)
			process = workerd.Start(t, dir, state)
			workerd.PassTests(t, process.URL+object, "^TestWritten$", fmt.Sprintf("-writes=%d", told))
			process.Kill()
		}
	})
}

// killAfter lets an object write, kills the process once that many writes were
// told, and returns how many were.
func killAfter(t *testing.T, process *workerd.Process, object string, least int) (told int) {
	t.Helper()
	lines := bufio.NewScanner(workerd.BeginTests(t, process.URL+object, "^TestWrite$", "-writes=100000"))
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "written "); ok {
			told++
			if n != fmt.Sprint(told) {
				t.Fatalf("told of write %s, want %d", n, told)
			}
		}
		if told == least {
			process.Kill() // what was sent before is still to be read
		}
	}
	if told < least || lines.Err() == nil {
		t.Fatalf("told of %d writes and then %v, want at least %d and an end that was cut", told, lines.Err(), least)
	}
	return told
}
