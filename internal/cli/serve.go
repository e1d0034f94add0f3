//go:build !js

package cli

import (
	"cmp"
	"context"
	"flag"
	"fmt"

	"gatehouse/internal/config"
)

// serve serves in production. It refuses to start with anything but a
// configuration that is safe for strangers.
func (p *program) serve(ctx context.Context, args []string) error {
	from, err := p.source(p.flags("serve"), args)
	if err != nil {
		return err
	}
	return p.start(ctx, from)
}

// check says what is wrong with a configuration, and starts nothing.
func (p *program) check(_ context.Context, args []string) error {
	fs := p.flags("check")
	dev := fs.Bool("dev", false, "check what dev needs of it, and not what serve does")
	from, err := p.source(fs, args)
	if err != nil {
		return err
	}
	if from.dev = *dev; from.dev && !from.named && exists(from.file) {
		from.optional = true // as dev itself reads it
	}
	c, err := from.load()
	p.notes(c)
	if err = config.Join(err, checkCommands(c)); err != nil {
		return from.refuse(err)
	}
	fmt.Fprintln(p.stdout, "The configuration is good.")
	return nil
}

// schema prints what an editor needs to help with the file.
func (p *program) schema(_ context.Context, args []string) error {
	if err := p.parseNone(p.flags("schema"), args); err != nil {
		return err
	}
	text, err := config.Schema()
	fmt.Fprintln(p.stdout, string(text))
	return err
}

// source is where the arguments say that the configuration of a server comes
// from.
func (p *program) source(fs *flag.FlagSet, args []string) (source, error) {
	file := fs.String("config", "", "read this configuration `file` (default "+usualFile+")")
	addr := fs.String("addr", "", "listen on this `host:port` instead of the configured one")
	data := fs.String("data", "", "use this `folder` instead of the configured one")
	rest, err := p.parse(fs, args)
	if err != nil {
		return source{}, err
	}
	if len(rest) == 1 {
		*file = rest[0]
	} else if len(rest) > 1 {
		return source{}, fmt.Errorf("%w: unexpected %q", errUsage, rest[1])
	}
	return source{p: p, file: cmp.Or(*file, usualFile), named: *file != "", addr: *addr, data: *data}, nil
}
