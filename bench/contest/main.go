package contest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Flags has the command line decide. What o holds already is what counts where
// it says nothing.
func (o *Options) Flags() {
	flag.IntVar(&o.Sessions, "sessions", o.Sessions, "sessions that call at the same time")
	flag.IntVar(&o.Rounds, "rounds", o.Rounds, "rounds per contender")
	flag.DurationVar(&o.Length, "length", o.Length, "aimed length of a round; the warm-up fixes the number of calls")
	flag.StringVar(&o.Only, "only", o.Only, "measure only contenders whose name contains this")
}

// Main runs a benchmark, with a folder for its files, until it is done or
// interrupted.
func Main(name string, run func(ctx context.Context, dir string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := inFolder(ctx, run); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func inFolder(ctx context.Context, run func(ctx context.Context, dir string) error) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return run(ctx, dir)
}
