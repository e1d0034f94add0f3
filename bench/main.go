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
	"os"
	"time"

	"gatehouse/bench/contest"
)

// options are the flags of the command.
type options struct {
	contest.Options
	mode string
	addr string
	idle int
}

func main() {
	o := options{Options: contest.Options{Sessions: 32, Rounds: 3, Length: 2 * time.Second}}
	o.Flags()
	flag.StringVar(&o.mode, "mode", "", "be one of the servers ("+modeNames()+") instead of measuring them")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:0", "where the server of -mode listens")
	flag.IntVar(&o.idle, "idle", 2000, "idle legacy sessions to weigh; 0 is none")
	flag.Parse()

	contest.Main("bench", func(ctx context.Context, dir string) error { return run(ctx, dir, o) })
}

func run(ctx context.Context, dir string, o options) error {
	if o.mode != "" {
		return serve(ctx, o.mode, o.addr)
	}
	if err := contest.Compare(ctx, os.Stdout, dir, contest.Chosen(contenders(), o.Only), o.Options); err != nil || o.idle == 0 {
		return err
	}
	return weigh(ctx, os.Stdout, dir, o)
}
