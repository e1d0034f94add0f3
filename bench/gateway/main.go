// Command gateway measures what the host costs in front of a server elsewhere,
// side by side with a reverse proxy that does nothing but copy.
//
//	go run ./bench/gateway
//	  ├─ upstream       this binary again: a backend that costs next to nothing
//	  ├─ direct         the load calls it without anything between
//	  ├─ reverse proxy  this binary again: net/http/httputil
//	  ├─ gatehouse      cmd/gatehouse: with OAuth, scopes and audit
//	  ├─ peers          from npm, if they are installed (-peers installs them)
//	  └─ the load       32 sessions in a closed loop, in this process; then one
//
// A ratio is one of CPU time per call, of the process between alone.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"gatehouse/bench/contest"
)

// options are the flags of the command.
type options struct {
	contest.Options
	mode, addr string
	flat       int
	peers      bool
}

func main() {
	o := options{Options: contest.Options{Sessions: 32, Rounds: 3, Length: 2 * time.Second}}
	o.Flags()
	flag.StringVar(&o.mode, "mode", "", "be one of the servers (upstream, lines, reverse-proxy) instead of measuring them")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:0", "where the server of -mode listens")
	flag.IntVar(&o.flat, "flat", 100_000, "calls over which memory is to stay flat; 0 is none")
	flag.BoolVar(&o.peers, "peers", false, "install the peers from npm, and measure them as well")
	flag.Parse()

	contest.Main("gateway", func(ctx context.Context, dir string) error { return run(ctx, dir, o) })
}

func run(ctx context.Context, dir string, o options) error {
	if o.mode != "" {
		return serve(ctx, o.mode, o.addr)
	}
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	up, err := contest.Start(ctx, dir, "upstream", nil, binary, "-mode", "upstream", "-addr", "ADDR")
	if err != nil {
		return err
	}
	defer up.Stop()

	return measure(ctx, os.Stdout, dir, up.Addr, o)
}

func measure(ctx context.Context, out io.Writer, dir, up string, o options) error {
	if o.peers {
		if err := install(ctx); err != nil {
			return err
		}
	}
	others := peers()
	if others == nil {
		fmt.Fprintln(out, "The peers from npm are not installed; -peers installs them.")
	}
	all := contest.Chosen(append(contenders(up), others...), o.Only)
	if err := contest.Compare(ctx, out, dir, all, o.Options); err != nil {
		return err
	}
	if err := alone(ctx, out, dir, up, o); err != nil {
		return err
	}
	if err := lists(ctx, out, dir, up, o); err != nil || o.flat == 0 {
		return err
	}
	return flat(ctx, out, dir, up, o.flat)
}
