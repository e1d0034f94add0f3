//go:build !js

package cli

import (
	"context"
	"net"
)

// dev serves on this machine with the development login.
func (p *program) dev(ctx context.Context, args []string) error {
	fs := p.flags("dev")
	from := source{p: p, dev: true}
	fs.StringVar(&from.addr, "addr", "", "listen on this loopback `host:port` (default 127.0.0.1:8787)")
	fs.StringVar(&from.data, "data", "", "keep everything that must last in this `folder` (default .gatehouse)")
	fs.StringVar(&from.file, "config", "", "read this configuration `file` (default "+usualFile+", if it is there)")
	fs.Var((*list)(&from.urls), "url", "a public `URL` to be reached by; can be given several times")
	if err := p.parseNone(fs, args); err != nil {
		return err
	}
	if from.file == "" {
		from.file, from.optional = usualFile, true
	}
	return p.start(ctx, from)
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
