//go:build !js

package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// flags returns the flag set of a command. It reports to the caller, who has
// the words for it, and prints only the help that somebody asked for.
func (p *program) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// help prints how a command is called, and its flags.
func (p *program) help(fs *flag.FlagSet) {
	c, _ := find(fs.Name())
	fmt.Fprintf(p.stdout, "usage: %s\n\n%s.\n", c.usage(), strings.ToUpper(c.about[:1])+c.about[1:])
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	first := true
	fs.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprintln(w)
		}
		first = false
		value, about := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			about += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(w, "  %s\t%s\n", strings.TrimSpace("--"+f.Name+" "+strings.ToUpper(value)), about)
	})
	w.Flush()
}

// parse reads flags that may stand before and after the arguments, and
// returns the arguments.
func (p *program) parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			p.help(fs)
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s", errUsage, dashes.Replace(err.Error()))
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// dashes puts the two of this command line where package flag writes one.
var dashes = strings.NewReplacer("flag provided but not defined: -", "there is no flag --", ": -", ": --", "for -", "for --")

// parseNone reads the flags of a command that has no arguments.
func (p *program) parseNone(fs *flag.FlagSet, args []string) error {
	rest, err := p.parse(fs, args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: unexpected %q", errUsage, rest[0])
	}
	return err
}

// list is a flag that can be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}
