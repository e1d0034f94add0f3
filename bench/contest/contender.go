// Package contest measures servers side by side: what one authenticated tool
// call costs the server's process.
//
//	Contender.Begin -> Process, Target
//	Compare         -> warm-up -> rounds, interleaved -> table of medians
//
// Every server is a process of its own, so the CPU time that /proc shows for
// it is the server's alone. Rounds of the contenders are interleaved
// (A B C, A B C, …), so that noise of the machine hits all of them. Each answer
// is checked for the sum that was asked for.
package contest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Contender is one server, spoken to in one era.
type Contender struct {
	Name    string
	Against string  // the contender that its ratio is to
	Most    float64 // the ratio that is aimed at; 0 is none
	Era     Era
	Env     []string // of its process
	Begin   Beginning
	Fixed   []byte // what every answer contains; nil is the sum of the call

	process  *Process
	sessions []*Session
	calls    int
	samples  []sample
}

// Beginning starts a contender's server, whose files can be in dir.
type Beginning func(ctx context.Context, dir string, c *Contender) (*Process, Target, error)

// SameGC are collector settings for both sides of a comparison, so that what
// differs is the work and not the size of the heap.
var SameGC = []string{"GOGC=800"}

// Chosen are those whose names contain a word.
func Chosen(all []*Contender, word string) []*Contender {
	return slices.DeleteFunc(all, func(c *Contender) bool { return !strings.Contains(c.Name, word) })
}

// Self begins this binary again, as the server that -mode names.
func Self(mode string) Beginning {
	return func(ctx context.Context, dir string, c *Contender) (*Process, Target, error) {
		binary, err := os.Executable()
		if err != nil {
			return nil, Target{}, err
		}
		p, err := Start(ctx, dir, c.Name, c.Env, binary, "-mode", mode, "-addr", "ADDR")
		if err != nil {
			return nil, Target{}, err
		}
		return p, Target{Addr: p.Addr, Path: "/mcp", Tool: "add", Era: c.Era}, nil
	}
}

// Built builds a main of this module, starts it as a user would, with a
// configuration, and logs in.
func Built(main, config string) Beginning {
	return func(ctx context.Context, dir string, c *Contender) (*Process, Target, error) {
		binary := filepath.Join(dir, strings.ReplaceAll(main, "/", "-"))
		build := exec.CommandContext(ctx, "go", "build", "-o", binary, "gatehouse/"+main)
		if said, err := build.CombinedOutput(); err != nil {
			return nil, Target{}, fmt.Errorf("build %s: %w\n%s", main, err, said)
		}
		file := filepath.Join(dir, c.Name+".yaml")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			return nil, Target{}, err
		}
		p, err := Start(ctx, dir, c.Name, c.Env, binary, "dev", "--config", file, "--addr", "ADDR", "--data", filepath.Join(dir, c.Name+".data"))
		if err != nil {
			return nil, Target{}, err
		}
		token, err := LogIn(ctx, p.Addr)
		if err != nil {
			p.Stop()
			return nil, Target{}, fmt.Errorf("log in: %w\n%s", err, p.lastWords())
		}
		return p, Target{Addr: p.Addr, Path: "/mcp", Token: token, Tool: "add", Era: c.Era}, nil
	}
}
