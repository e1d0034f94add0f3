//go:build !js

package cli

import (
	"context"
	"fmt"

	"gatehouse/internal/config"
)

// serve serves in production. It refuses to start with anything but a
// configuration that is safe for strangers.
func (p *program) serve(ctx context.Context, args []string) error {
	from, err := p.production("serve", args)
	if err != nil {
		return err
	}
	return p.start(ctx, from)
}

// check says what is wrong with a configuration, and starts nothing.
func (p *program) check(_ context.Context, args []string) error {
	from, err := p.production("check", args)
	if err != nil {
		return err
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
func (p *program) schema(context.Context, []string) error {
	text, err := config.Schema()
	fmt.Fprintln(p.stdout, string(text))
	return err
}

// production is where the configuration of a server in production comes from.
func (p *program) production(command string, args []string) (source, error) {
	fs := p.flags(command)
	file := fs.String("config", usualFile, "read this configuration `file`")
	addr := fs.String("addr", "", "listen on this `host:port` instead of the configured one")
	data := fs.String("data", "", "use this `folder` instead of the configured one")
	rest, err := parse(fs, args)
	if err != nil {
		return source{}, err
	}
	if len(rest) == 1 {
		*file = rest[0]
	} else if len(rest) > 1 {
		return source{}, fmt.Errorf("%w: unexpected %q", errUsage, rest[1])
	}
	return source{p: p, file: *file, addr: *addr, data: *data}, nil
}
