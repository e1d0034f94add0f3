// Command bench measures what one authenticated tool call costs, side by side
// with a bare go-sdk server and with the least that net/http can do.
//
//	go run ./bench
//	  ├─ floor, sdk …    this binary again, with -mode, a process each
//	  ├─ gatehouse tool  cmd/gatehouse, built, started and logged in to
//	  ├─ hosted sdk      bench/hosted, the same for a server of the go-sdk
//	  └─ the load        32 sessions in a closed loop, in this process
//
// Every server is a process of its own, so the CPU time that /proc shows for
// it is the server's alone. Rounds of the contenders are interleaved
// (A B C, A B C, …), so that noise of the machine hits all of them, and the
// table shows medians. Each answer is checked for the sum that was asked for.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the flags of the command.
type options struct {
	mode     string
	addr     string
	sessions int
	rounds   int
	length   time.Duration
	idle     int
	only     string
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", "", "be one of the servers ("+modeNames()+") instead of measuring them")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:0", "where the server of -mode listens")
	flag.IntVar(&o.sessions, "sessions", 32, "sessions that call at the same time")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds per contender")
	flag.DurationVar(&o.length, "length", 2*time.Second, "aimed length of a round; the warm-up fixes the number of calls")
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
	return compare(ctx, os.Stdout, dir, o)
}
