package assemble

import (
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/remote"
	"gatehouse/gateway"
	"gatehouse/internal/config"
	"gatehouse/mcp/client"
)

// Lines opens lines to the processes of one backend, and ends them.
type Lines interface {
	client.Dialer
	io.Closer
}

// Backends makes mounts of what is built in and of what is configured. What a
// change of the configuration leaves as it is stays open.
type Backends struct {
	Servers []Server
	Log     *slog.Logger

	// HTTP carries the requests to servers elsewhere.
	HTTP http.RoundTripper

	// Lines makes lines to child processes. Nil says that there are none on
	// this target.
	Lines func(name string, b config.Backend) (Lines, error)

	open map[string]opened
}

// opened is a backend that runs, and what it was made of.
type opened struct {
	of      config.Backend
	backend gateway.Backend
}

// Mounted is what a host serves, and what people are told about its scopes.
type Mounted struct {
	Mounts    []gateway.Mount
	ScopeText map[string]string
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

// Open makes the mounts of a configuration that was checked, in place of those
// that it made before. Whoever serves them closes what is no longer among them.
func (s *Backends) Open(c config.Config) (Mounted, error) {
	all := Mounted{ScopeText: make(map[string]string)}
	for _, server := range s.Servers {
		all.addOwn(server, c.Backends[server.Mount.Name])
	}
	next := make(map[string]opened)
	var errs []error
	for name, b := range each(c) {
		if b.Own() || b.Disabled {
			continue
		}
		o, err := s.reopen(name, b)
		if err != nil {
			errs = append(errs, c.Fault(b.Path(), "%v", err))
			continue
		}
		next[name] = o
		all.add(name, o)
	}
	if err := config.Join(errs...); err != nil {
		s.drop(next)
		return Mounted{}, err
	}
	s.open = next
	return all, nil
}

// reopen returns the backend that runs if nothing has changed of which server
// it is, else a new one.
func (s *Backends) reopen(name string, b config.Backend) (opened, error) {
	if o, ok := s.open[name]; ok && o.of.Server().Same(b.Server()) {
		return opened{b, o.backend}, nil
	}
	made, err := s.make(name, b)
	return opened{b, made}, err
}

// drop closes what was opened for a configuration that came to nothing.
func (s *Backends) drop(next map[string]opened) {
	for name, o := range next {
		if s.open[name].backend == o.backend {
			continue
		}
		if err := o.backend.Close(); err != nil {
			s.Log.Warn("a backend did not end well", "backend", name, "err", err)
		}
	}
}

func (s *Backends) make(name string, b config.Backend) (gateway.Backend, error) {
	if b.Child() {
		return s.child(name, b)
	}
	server, err := client.New(client.Config{Name: name, URL: b.URL.Reveal(), Transport: transport(b.Type), Header: header(b), HTTP: s.HTTP, Log: s.Log})
	if err != nil {
		return nil, err
	}
	return remote.New(server), nil
}

func (s *Backends) child(name string, b config.Backend) (gateway.Backend, error) {
	lines, err := s.Lines(name, b)
	if err != nil {
		return nil, err
	}
	server, err := client.New(client.Config{Name: name, Dialer: lines, PerPerson: b.Scope == "person", Idle: time.Duration(b.Idle), Log: s.Log})
	if err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	return child{remote.New(server), lines}, nil
}

// child is a backend whose server is a child process.
type child struct {
	*remote.Backend
	lines Lines
}

// Notes implements [gateway.Noter].
func (c child) Notes() []string {
	if n, ok := c.lines.(gateway.Noter); ok {
		return n.Notes()
	}
	return nil
}

// Close ends the processes, all at once, and then the backend.
func (c child) Close() error { return errors.Join(c.lines.Close(), c.Backend.Close()) }

// transport is how messages travel to a server elsewhere, where the word for it
// says so. With http it does not: VS Code and others write it for servers that
// have streamable HTTP and for those that have HTTP+SSE alone, and try one after
// the other. So those are asked, as are servers of which nothing is said.
func transport(word string) client.Transport {
	switch word {
	case "sse":
		return client.SSE
	case "streamable-http", "streamableHttp", "streamable_http":
		return client.Streamable
	}
	return client.Auto
}

// header is what every request to a server carries.
func header(b config.Backend) http.Header {
	h := make(http.Header)
	for name, value := range b.Headers {
		h.Set(name, value.Reveal())
	}
	switch a := b.Auth; {
	case a == nil:
	case a.Bearer != "":
		h.Set("Authorization", "Bearer "+a.Bearer.Reveal())
	case a.Basic != nil:
		basic := a.Basic.User + ":" + a.Basic.Password.Reveal()
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(basic)))
	case a.Header != nil:
		h.Set(a.Header.Name, a.Header.Value.Reveal())
	}
	return h
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
