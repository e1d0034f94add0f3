//go:build !js

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
	"gatehouse/internal/httpx"
)

// usualFile is the configuration that is read if none is named.
const usualFile = "gatehouse.yaml"

// source is where the configuration of a server comes from: a file, and what
// the command line says over it. It can be read again.
type source struct {
	p        *program
	file     string
	named    bool // by the command line
	optional bool // the file need not be there, nor is it read for where the server is
	dev      bool
	addr     string
	data     string
	urls     []string
}

// load reads the configuration, and says everything that keeps a server from
// starting with it.
func (s source) load() (config.Config, error) {
	c, err := config.Load(s.file, s.p.getenv)
	if s.optional && errors.Is(err, fs.ErrNotExist) {
		c, err = config.Default(), nil
	}
	misread, partly := errors.AsType[*config.Misread](err)
	if err != nil && !partly {
		return c, noFile(s.file, err)
	}
	if s.optional {
		stayLocal(&c)
		if partly {
			err = misread.Except(elsewhere...)
		}
	}
	s.override(&c)
	_, clients := assemble.Configured(c)
	errs := []error{err, clients, s.p.backends(nil).Check(c)}
	if s.dev {
		errs = append(errs, c.CheckDev(), checkAddr(&c))
	} else {
		errs = append(errs, c.CheckServe(), checkCertificate(&c), checkKeys(&c))
	}
	return c, config.Join(errs...)
}

// noFile says that there is no configuration, if that is what is wrong.
func noFile(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s; write it, or name another with --config", path)
	}
	return err
}

// refuse says that a server does not start with what load found.
func (s source) refuse(err error) error {
	if !exists(s.file) {
		return err
	}
	return fmt.Errorf("%s is not ready to serve:\n%w", s.file, err)
}

// override puts what the command line says over the file.
func (s source) override(c *config.Config) {
	if s.addr != "" {
		c.Addr = s.addr
	}
	if s.data != "" {
		c.Data = s.data
	}
	if len(s.urls) > 0 {
		c.URLs = s.urls
	}
}

// elsewhere are the settings of the place where a server is.
var elsewhere = []string{"urls", "addr", "data", "tls", "proxies", "login"}

// stayLocal leaves out what a file that nobody named says of the place where
// the server is in production: dev is on this machine, and its people log in
// in its own way.
func stayLocal(c *config.Config) {
	usual := config.Default()
	c.URLs, c.Addr, c.Data = usual.URLs, usual.Addr, usual.Data
	c.TLS, c.Proxies, c.Login = usual.TLS, usual.Proxies, usual.Login
}

// checkAddr keeps the development login from strangers.
func checkAddr(c *config.Config) error {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return c.Fault("addr", "%q is not host:port; write one like 127.0.0.1:8787", c.Addr)
	}
	if !httpx.IsLoopback(host) {
		return c.Fault("addr", "%s: the development login lets everybody in, so dev listens on loopback addresses only; use serve for others", c.Addr)
	}
	return nil
}

// notes prints what the file says to no effect.
func (p *program) notes(c config.Config) {
	for _, note := range c.Notes() {
		fmt.Fprintln(p.stderr, "note:", note)
	}
}

// exists reports whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
