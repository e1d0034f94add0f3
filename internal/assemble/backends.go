package assemble

import (
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/mcp/client"
)

// Lines opens lines to the processes of one backend, and ends them.
type Lines interface {
	client.Dialer
	io.Closer
}

// Backends are those that are built in, and those that can be configured.
type Backends struct {
	Servers []Server

	// Lines makes lines to child processes. Nil says that there are none on
	// this target.
	Lines func(name string, b config.Backend) (Lines, error)
}

// Check returns what of the configuration is wrong only here: names that stand
// for nothing or for two things, and what this target cannot have.
func (s *Backends) Check(c config.Config) error {
	var errs []error
	for name, b := range each(c) {
		own := slices.Contains(s.names(), name)
		switch {
		case b.Own() && !own && len(s.Servers) == 0:
			errs = append(errs, c.Fault(b.Path(), "a backend needs a url, or a command"))
		case b.Own() && !own:
			errs = append(errs, c.Fault(b.Path(), "a backend needs a url, or a command; built in are %s", strings.Join(s.names(), ", ")))
		case !b.Own() && own:
			errs = append(errs, c.Fault(b.Path(), "a backend of this name is built in; give this one another name"))
		case b.Child() && s.Lines == nil:
			errs = append(errs, c.Fault(b.Path()+".command", "there are no child processes here; a backend needs a url"))
		}
	}
	return config.Join(errs...)
}

func (s *Backends) names() (all []string) {
	for _, server := range s.Servers {
		all = append(all, server.Mount.Name)
	}
	return all
}

// each yields the configured backends in the order of their names.
func each(c config.Config) iter.Seq2[string, config.Backend] {
	return func(yield func(string, config.Backend) bool) {
		for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
			if !yield(name, c.Backends[name]) {
				return
			}
		}
	}
}
