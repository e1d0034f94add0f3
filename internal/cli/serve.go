//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
)

// serve serves in production. It refuses to start with anything but a
// configuration that is safe for strangers.
func (p *program) serve(ctx context.Context, args []string) error {
	c, err := p.configuration("serve", args)
	if err != nil {
		return err
	}
	return p.start(ctx, c, false)
}

// check says what is wrong with a configuration, and starts nothing.
func (p *program) check(_ context.Context, args []string) error {
	if _, err := p.configuration("check", args); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "The configuration is good.")
	return nil
}

func (p *program) configuration(command string, args []string) (config.Config, error) {
	fs := p.flags(command)
	file := fs.String("config", "gatehouse.yaml", "read this configuration `file`")
	addr := fs.String("addr", "", "listen on this `host:port` instead of the configured one")
	data := fs.String("data", "", "use this `folder` instead of the configured one")
	if _, err := parse(fs, args); err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(*file, p.getenv)
	if err != nil {
		return c, err
	}
	if *addr != "" {
		c.Addr = *addr
	}
	if *data != "" {
		c.Data = *data
	}
	_, wrong := assemble.Configured(c)
	if err := errors.Join(c.CheckServe(), wrong, checkCertificate(c.TLS), checkKeys(c.Data)); err != nil {
		return c, fmt.Errorf("%s is not ready to serve:\n%w", *file, err)
	}
	return c, nil
}
