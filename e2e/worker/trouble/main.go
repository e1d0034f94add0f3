// Command trouble serves tools that show what a runtime does with a program
// that is busy, left alone, or dead.
package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse"
)

type nothing struct{}

type length struct {
	Milliseconds int `json:"ms"`
}

type size struct {
	Bytes int `json:"bytes"`
}

type count struct {
	Count int64 `json:"count"`
}

// left counts the clients that went away.
var left atomic.Int64

// work tells at once that it has begun, and takes its time.
func work(ctx context.Context, in length) (nothing, error) {
	gatehouse.Progress(ctx, 1, 2, "begun")
	select {
	case <-time.After(time.Duration(in.Milliseconds) * time.Millisecond):
		return nothing{}, nil
	case <-ctx.Done():
		left.Add(1)
		return nothing{}, ctx.Err()
	}
}

func departed(context.Context, nothing) (count, error) { return count{left.Load()}, nil }

// flood tells more than anybody takes in at once, and counts what was taken.
func flood(ctx context.Context, in size) (count, error) {
	piece := strings.Repeat("x", 32<<10)
	for sent.Store(0); sent.Load() < int64(in.Bytes) && ctx.Err() == nil; sent.Add(int64(len(piece))) {
		gatehouse.Progress(ctx, float64(sent.Load()), float64(in.Bytes), piece)
	}
	return count{sent.Load()}, ctx.Err()
}

// sent is how far the last flood has come.
var sent atomic.Int64

func flooded(context.Context, nothing) (count, error) { return count{sent.Load()}, nil }

// crash dies where nobody can catch it.
func crash(ctx context.Context, _ nothing) (nothing, error) {
	go func() { panic("the tool asked for it") }()
	<-ctx.Done()
	return nothing{}, ctx.Err()
}

func main() {
	gatehouse.Main(gatehouse.Tools("trouble",
		gatehouse.Tool("work", "Works for a while.", work),
		gatehouse.Tool("departed", "Counts the clients that did not wait.", departed),
		gatehouse.Tool("flood", "Tells a lot.", flood),
		gatehouse.Tool("flooded", "Tells how much of it was taken.", flooded),
		gatehouse.Tool("crash", "Ends the program.", crash),
	).Prefix(""))
}
