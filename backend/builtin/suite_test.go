package builtin_test

import (
	"context"
	"testing"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/builtin"
	"gatehouse/gateway"
	"gatehouse/internal/running"
)

type nothing struct{}

func add(_ context.Context, in backendtest.Pair) (backendtest.Sum, error) {
	return backendtest.Sum{Sum: in.A + in.B}, nil
}

func wait(ctx context.Context, _ nothing) (nothing, error) {
	<-ctx.Done()
	return nothing{}, ctx.Err()
}

func count(ctx context.Context, in backendtest.From) (backendtest.Sum, error) {
	var sum backendtest.Sum
	for n := in.From + 1; n <= in.From+3; n++ {
		sum.Sum += n
		if err := running.Progress(ctx, n, 0, ""); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func TestToolsPassTheSuite(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) gateway.Backend {
		a, errAdd := builtin.NewTool("add", "Adds.", add)
		w, errWait := builtin.NewTool("wait", "Waits.", wait)
		c, errCount := builtin.NewTool("count", "Counts.", count)
		b, err := builtin.NewTools("suite", a, w, c)
		for _, err := range []error{errAdd, errWait, errCount, err} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return b
	})
}
