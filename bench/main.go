// Command bench measures what one authenticated tool call costs, side by side
// with a bare go-sdk server and with the least that net/http can do.
//
//	go run ./bench
//	  ├─ floor, sdk …    this binary again, with -mode, a process each
//	  ├─ gatehouse tool  cmd/gatehouse, built, started and logged in to
//	  ├─ hosted sdk      bench/hosted, the same for a server of the go-sdk
//	  └─ the load        32 sessions in a closed loop, in this process
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
	mode string
	addr string
	idle int
	only string
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", "", "be one of the servers ("+modeNames()+") instead of measuring them")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:0", "where the server of -mode listens")
	flag.IntVar(&o.Sessions, "sessions", 32, "sessions that call at the same time")
	flag.IntVar(&o.Rounds, "rounds", 3, "rounds per contender")
	flag.DurationVar(&o.Length, "length", 2*time.Second, "aimed length of a round; the warm-up fixes the number of calls")
	flag.IntVar(&o.idle, "idle", 2000, "idle legacy sessions to weigh; 0 is none")
	flag.StringVar(&o.only, "only", "", "measure only contenders whose name contains this")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.mode != "" {
		return serve(ctx, o.mode, o.addr)
	}
	dir, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := contest.Compare(ctx, os.Stdout, dir, contest.Chosen(contenders(), o.only), o.Options); err != nil || o.idle == 0 {
		return err
	}
	return weigh(ctx, os.Stdout, dir, o)
}
