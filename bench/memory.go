package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// heavy are the servers whose idle sessions are weighed. The collector runs
// often in them and tells of it, for the difference to be of what lives and
// not of what has not been collected yet.
func heavy() []*contender {
	env := []string{"GOGC=20", "GODEBUG=gctrace=1"}
	return []*contender{
		{name: "idle sdk", begin: self("sdk-stateful"), env: env},
		{name: "idle gatehouse", begin: built("cmd/gatehouse"), env: env},
	}
}

// weigh prints what an idle legacy session costs: one that nobody is connected
// for.
func weigh(ctx context.Context, out io.Writer, dir string, o options) error {
	sessions := o.idle
	fmt.Fprintf(out, "\nmemory of each of %d idle legacy sessions (aim: less than 20 KiB)\n\n", sessions)
	for _, c := range chosen(heavy(), o.only) {
		heap, rss, err := c.weigh(ctx, dir, sessions)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(out, "%30s  %5.1f KiB of live heap  %5.1f KiB of RSS\n", c.name,
			float64(heap)/1024/float64(sessions), float64(rss)/1024/float64(sessions))
	}
	return nil
}

func (c *contender) weigh(ctx context.Context, dir string, sessions int) (heap, rss int64, err error) {
	p, t, err := c.begin(ctx, dir, c)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	var callers []*session
	for i := range 8 {
		s, err := open(ctx, t, i)
		if err != nil {
			return 0, 0, err
		}
		callers = append(callers, s)
	}
	heapBefore, rssBefore, err := p.settled(ctx, callers)
	if err != nil {
		return 0, 0, err
	}
	for range sessions {
		if _, err := open(ctx, t, 0); err != nil {
			return 0, 0, err
		}
	}
	heap, rss, err = p.settled(ctx, callers)
	return heap - heapBefore, rss - rssBefore, err
}

// settled makes calls until the collector has run twice more, and returns what
// is left then.
func (p *process) settled(ctx context.Context, callers []*session) (heap, rss int64, err error) {
	_, first, err := p.liveHeap()
	if err != nil {
		return 0, 0, err
	}
	for range 60 {
		if _, err := drive(ctx, callers, 1<<20, 500*time.Millisecond); err != nil {
			return 0, 0, err
		}
		live, runs, err := p.liveHeap()
		if err != nil {
			return 0, 0, err
		}
		if runs >= first+2 {
			rss, err := p.rss()
			return live, rss, err
		}
	}
	return 0, 0, errors.New("the collector does not run")
}

// liveHeap reads what the collector has said: how often it ran, and how much
// the last run left.
func (p *process) liveHeap() (live int64, runs int, err error) {
	said, err := os.ReadFile(p.log)
	if err != nil {
		return 0, 0, err
	}
	live, runs = parseTrace(said)
	return live, runs, nil
}

// traceLine is what GODEBUG=gctrace=1 prints: the heap when the collection
// began, when it ended, and what lives of it.
var traceLine = regexp.MustCompile(`(?m)^gc \d+ @.* \d+->\d+->(\d+) MB,`)

func parseTrace(said []byte) (live int64, runs int) {
	lines := traceLine.FindAllSubmatch(said, -1)
	if len(lines) == 0 {
		return 0, 0
	}
	mib, _ := strconv.ParseInt(string(lines[len(lines)-1][1]), 10, 64) // the pattern has digits alone
	return mib << 20, len(lines)
}
