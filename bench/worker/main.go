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
	"os"
	"time"

	"gatehouse/bench/contest"
)

// options are the flags of the command.
type options struct {
	contest.Options
	stored  int
	profile bool
}

func main() {
	o := options{Options: contest.Options{Sessions: 16, Rounds: 5, Length: 3 * time.Second}}
	o.Flags()
	flag.DurationVar(&o.Warm, "warm", 6*time.Second, "how long each is driven first, so that V8 has compiled what is called often")
	flag.IntVar(&o.stored, "stored", 1000, "sessions whose storage is weighed; 0 is none")
	flag.BoolVar(&o.profile, "profile", true, "say at last what the time of Gatehouse is spent on")
	flag.Parse()

	contest.Main("worker", func(ctx context.Context, dir string) error { return run(ctx, dir, o) })
}

func run(ctx context.Context, dir string, o options) error {
	w, err := newWorkshop(ctx, dir)
	if err != nil {
		return err
	}
	all := contest.Chosen(contenders(w), o.Only)
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
