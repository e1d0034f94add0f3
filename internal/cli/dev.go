//go:build !js

package cli

import (
	"context"
	"fmt"
	"net"

	"gatehouse/internal/config"
	"gatehouse/internal/httpx"
)

// dev serves on this machine with the development login.
func (p *program) dev(ctx context.Context, args []string) error {
	fs := p.flags("dev")
	addr := fs.String("addr", "", "listen on this loopback `host:port` (default 127.0.0.1:8787)")
	data := fs.String("data", "", "keep everything that must last in this `folder` (default .gatehouse)")
	file := fs.String("config", "", "read this configuration `file`")
	var urls list
	fs.Var(&urls, "url", "a public `URL` to be reached by; can be given several times")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: unexpected %q", errUsage, rest[0])
	}
	c := config.Default()
	if *file != "" {
		if c, err = config.Load(*file, p.getenv); err != nil {
			return err
		}
	}
	if *addr != "" {
		c.Addr = *addr
	}
	if *data != "" {
		c.Data = *data
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr %q is not host:port; write one like 127.0.0.1:8787", c.Addr)
	}
	if !httpx.IsLoopback(host) {
		return fmt.Errorf("--addr %s: the development login lets everybody in, so dev listens on loopback addresses only; use serve for others", c.Addr)
	}
	if len(urls) > 0 {
		c.URLs = urls
	}
	for _, u := range c.URLs {
		if err := config.CheckURL(u); err != nil {
			return fmt.Errorf("--url: %w", err)
		}
	}
	return p.start(ctx, c, true)
}

// devURLs are the URLs of a server that nobody configured any for: a browser
// and a command line reach it by different names.
func devURLs(at net.Addr) []string {
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return nil
	}
	urls := []string{"http://localhost:" + port, "http://127.0.0.1:" + port}
	if host != "127.0.0.1" {
		urls = append(urls, "http://"+net.JoinHostPort(host, port))
	}
	return urls
}
