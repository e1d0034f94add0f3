//go:build !js

package cli

import (
	"errors"
	"flag"
	"fmt"

	"gatehouse/internal/config"
)

// place is how a command finds the server whose records it is about: by its
// configuration, by its data folder, or by saying nothing in development.
type place struct {
	p          *program
	file, data *string
}

func (p *program) place(fs *flag.FlagSet) place {
	return place{
		p:    p,
		file: fs.String("config", "", "the server's configuration `file`"),
		data: fs.String("data", "", "the server's data `folder` (default .gatehouse, or what the configuration says)"),
	}
}

// find returns the configuration of the server, of which the folder and the
// URLs are of interest.
func (l place) find() (config.Config, error) {
	c := config.Default()
	if *l.file != "" {
		var err error
		c, err = config.Load(*l.file, l.p.getenv)
		if misread, partly := errors.AsType[*config.Misread](err); partly {
			err = misread.Of("data", "urls") // what else is wrong is for check to say
		}
		switch {
		case err != nil && !exists(*l.file):
			return c, noFile(*l.file, err)
		case err != nil:
			return c, fmt.Errorf("%s: %w", *l.file, err)
		}
	}
	if *l.data != "" {
		c.Data = *l.data
	}
	return c, nil
}
