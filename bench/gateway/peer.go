package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"gatehouse/bench/contest"
)

// peer is the folder of the npm packages that are measured beside the host.
const peer = "bench/gateway/peer"

// peers are proxies that others have written, if they are installed. mcp-proxy
// takes no URL for its backend, but a command: it stands in front of the same
// upstream over standard input and output, which is not counted.
func peers() []*contest.Contender {
	script := filepath.Join(peer, "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs")
	if _, err := os.Stat(script); err != nil {
		return nil
	}
	begin := func(ctx context.Context, dir string, c *contest.Contender) (*contest.Process, contest.Target, error) {
		upstream, err := os.Executable()
		if err != nil {
			return nil, contest.Target{}, err
		}
		p, err := contest.Start(ctx, dir, c.Name, c.Env, "node", script, "--host", "127.0.0.1", "--port", "PORT",
			"--server", "stream", "--", upstream, "-mode", "lines")
		if err != nil {
			return nil, contest.Target{}, err
		}
		return p, contest.Target{Addr: p.Addr, Path: "/mcp", Tool: "add", Era: c.Era}, nil
	}
	return []*contest.Contender{
		{Name: "mcp-proxy (npm), legacy", Era: contest.Legacy, Begin: begin, Against: "reverse proxy, legacy, GOGC=100"},
		{Name: "mcp-proxy (npm), modern", Era: contest.Modern, Begin: begin, Against: "reverse proxy, modern, GOGC=100"},
	}
}

// install brings the packages of the peers, unless they are there.
func install(ctx context.Context) error {
	if peers() != nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = peer
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", peer, err, said)
	}
	return nil
}
