package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contender is one server, spoken to in one era.
type contender struct {
	name    string
	against string // the contender that its ratio is to
	most    float64
	era     era
	env     []string
	begin   beginning
	fixed   []byte // what every answer contains; nil is the sum of the call

	process  *process
	sessions []*session
	calls    int
	samples  []sample
}

// beginning starts a contender's server.
type beginning func(ctx context.Context, dir string, c *contender) (*process, target, error)

// sameGC are collector settings for both sides of a comparison, so that what
// differs is the work and not the size of the heap.
var sameGC = []string{"GOGC=800"}

// contenders are all that are compared, in the order of the table.
func contenders() []*contender {
	return []*contender{
		{name: "floor", begin: self("floor"), fixed: fmt.Append(nil, floorSum)},
		{name: "sdk, legacy", begin: self("sdk-stateful"), against: "floor"},
		{name: "sdk, modern", begin: self("sdk-stateless"), against: "floor", era: modern},
		{name: "gatehouse tool, legacy", begin: built("cmd/gatehouse"), against: "floor", most: 2},
		{name: "gatehouse tool, modern", begin: built("cmd/gatehouse"), against: "floor", most: 2, era: modern},
		{name: "hosted sdk, legacy", begin: built("bench/hosted"), against: "sdk, legacy"},
		{name: "hosted sdk, modern", begin: built("bench/hosted"), against: "sdk, modern", era: modern},
		{name: "sdk, legacy, GOGC=800", begin: self("sdk-stateful"), env: sameGC, against: "floor"},
		{name: "sdk, modern, GOGC=800", begin: self("sdk-stateless"), env: sameGC, against: "floor", era: modern},
		{name: "hosted sdk, legacy, GOGC=800", begin: built("bench/hosted"), env: sameGC, against: "sdk, legacy, GOGC=800", most: 1},
		{name: "hosted sdk, modern, GOGC=800", begin: built("bench/hosted"), env: sameGC, against: "sdk, modern, GOGC=800", most: 1, era: modern},
	}
}

// self begins this binary again, as one of its servers.
func self(mode string) beginning {
	return func(ctx context.Context, dir string, c *contender) (*process, target, error) {
		binary, err := os.Executable()
		if err != nil {
			return nil, target{}, err
		}
		p, err := start(ctx, dir, c.name, c.env, binary, "-mode", mode, "-addr", "ADDR")
		if err != nil {
			return nil, target{}, err
		}
		return p, target{addr: p.addr, path: "/mcp", tool: "add", era: c.era}, nil
	}
}

// config lets one person hold all the sessions that are weighed.
const config = "limits: {sessions: 100000}\n"

// built builds a main of this module, starts it as a user would, and logs in.
func built(main string) beginning {
	return func(ctx context.Context, dir string, c *contender) (*process, target, error) {
		binary := filepath.Join(dir, strings.ReplaceAll(main, "/", "-"))
		build := exec.CommandContext(ctx, "go", "build", "-o", binary, "gatehouse/"+main)
		if said, err := build.CombinedOutput(); err != nil {
			return nil, target{}, fmt.Errorf("build %s: %w\n%s", main, err, said)
		}
		file := filepath.Join(dir, "gatehouse.yaml")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			return nil, target{}, err
		}
		p, err := start(ctx, dir, c.name, c.env, binary, "dev", "--config", file, "--addr", "ADDR", "--data", filepath.Join(dir, c.name+".data"))
		if err != nil {
			return nil, target{}, err
		}
		token, err := logIn(ctx, p.addr)
		if err != nil {
			p.stop()
			return nil, target{}, fmt.Errorf("log in: %w\n%s", err, p.lastWords())
		}
		return p, target{addr: p.addr, path: "/mcp", token: token, tool: "add", era: c.era}, nil
	}
}
