//go:build !js

// Command worker measures what one authenticated tool call costs in a Worker,
// side by side with the same tool on Cloudflare's own stack.
//
//	go run ./bench/worker
//	  ├─ gatehouse  cmd/gatehouse in its Durable Object
//	  ├─ stateless  peer/: workers-oauth-provider and createMcpHandler of agents
//	  ├─ McpAgent   peer/: workers-oauth-provider and McpAgent of agents
//	  └─ the load   16 sessions in a closed loop, in this process
//
// All are bundled by wrangler and run in the same plain workerd, a process
// each, without what develops or deploys Workers. What the peers know is in a KV
// namespace that is a Map in another Worker of the same process, nearer and
// faster than any real one. Without KV it is a Map in the Worker itself, which
// nobody could deploy: that is their CPU time without any lookup. All that
// Gatehouse knows is in the storage of its object, as always.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/bench/contest"
)

// options are the flags of the command.
type options struct {
	contest.Options
	stored  int
	only    string
	profile bool
}

func main() {
	var o options
	flag.IntVar(&o.Sessions, "sessions", 16, "sessions that call at the same time")
	flag.IntVar(&o.Rounds, "rounds", 5, "rounds per contender")
	flag.DurationVar(&o.Length, "length", 3*time.Second, "aimed length of a round; the warm-up fixes the number of calls")
	flag.DurationVar(&o.Warm, "warm", 6*time.Second, "how long each is driven first, so that V8 has compiled what is called often")
	flag.IntVar(&o.stored, "stored", 1000, "sessions whose storage is weighed; 0 is none")
	flag.StringVar(&o.only, "only", "", "measure only contenders whose name contains this")
	flag.BoolVar(&o.profile, "profile", true, "say at last what the time of Gatehouse is spent on")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorkshop(ctx, dir)
	if err != nil {
		return err
	}
	all := contest.Chosen(contenders(w), o.only)
	if err := contest.Compare(ctx, os.Stdout, dir, all, o.Options); err != nil {
		return err
	}
	printRatios(os.Stdout, all)
	if o.stored > 0 {
		if err := weigh(ctx, os.Stdout, w, o.stored); err != nil {
			return err
		}
	}
	if !o.profile {
		return nil
	}
	return profile(ctx, os.Stdout, w, o)
}
