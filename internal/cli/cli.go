//go:build !js

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"gatehouse/internal/assemble"
)

// Version is set by the linker at a release.
var Version = "dev"

// Main runs the command line of the process and ends it.
func Main(servers []assemble.Server) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	p := &program{
		servers: servers,
		getenv:  os.Getenv,
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is one run of the command line. All it touches of the outside world
// is in its fields.
type program struct {
	servers []assemble.Server
	getenv  func(string) string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// command is a subcommand.
type command struct {
	name  string
	args  string
	about string
	run   func(p *program, ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"dev", "", "serve on this machine, with a login that lets everybody in", (*program).dev},
		{"serve", "[FILE]", "serve in production", (*program).serve},
		{"check", "[FILE]", "say what is wrong with a configuration", (*program).check},
		{"schema", "", "print the JSON Schema of the configuration, for editors", (*program).schema},
		{"connect", "CLIENT", "print how to connect inspector, claude, claude-code, cursor, vscode or chatgpt", (*program).connect},
		{"doctor", "URL", "walk the road of a client to any MCP server, and say what to fix", (*program).doctor},
		{"backends", "[list] | changes NAME | accept NAME [TOOL…]", "see how the backends of a running server do, and accept tools that have changed", (*program).showBackends},
		{"user", "list | add|passwd|disable|enable NAME", "manage the accounts with a password", (*program).user},
		{"token", "list | create | revoke ID…", "manage personal access tokens, for scripts and CI", (*program).token},
		{"clients", "list | revoke ID…", "see and remove the OAuth clients", (*program).clients},
		{"grants", "list | revoke ID…", "see and end what people have granted", (*program).grants},
		{"sessions", "list | revoke ID…", "see and end the sessions of older MCP clients", (*program).sessions},
		{"new", "DIR", "begin a project of your own, with a tool to put yours in its place", (*program).new},
		{"version", "", "print the version", (*program).version},
	}
}

// errUsage is a wrong call of a command: the exit status is 2.
var errUsage = errors.New("wrong usage")

// errSaid is a failure that the command has told of itself.
var errSaid = errors.New("said already")

// run executes a command and returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	if len(args) > 1 && args[0] == "help" {
		args = []string{args[1], "--help"}
	}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		p.usage(p.stdout)
		return 0
	}
	c, ok := find(args[0])
	if !ok {
		fmt.Fprintf(p.stderr, "gatehouse: no such command: %s\n", args[0])
		p.usage(p.stderr)
		return 2
	}
	err := c.run(p, ctx, args[1:])
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errSaid):
		return 1
	case errors.Is(err, errUsage):
		fmt.Fprintf(p.stderr, "gatehouse %s: %v\nusage: %s\nMore: gatehouse help %s\n", c.name, err, c.usage(), c.name)
		return 2
	}
	fmt.Fprintf(p.stderr, "gatehouse %s: %v\n", c.name, err)
	return 1
}

// find returns the command of a name.
func find(name string) (command, bool) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return all[i], true
}

func (p *program) usage(w io.Writer) {
	fmt.Fprint(w, "Gatehouse serves MCP tools behind its own login.\n\nusage: gatehouse COMMAND\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\nBegin with: gatehouse dev\nMore of a command: gatehouse help COMMAND\n")
}

// usage is how the command is called.
func (c command) usage() string { return strings.TrimSpace("gatehouse " + c.name + " " + c.args) }

func (p *program) version(_ context.Context, args []string) error {
	if err := p.parseNone(p.flags("version"), args); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "gatehouse", Version)
	return nil
}
