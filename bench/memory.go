package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"gatehouse/bench/contest"
)

// heavy are the servers whose idle sessions are weighed. The collector runs
// often in them and tells of it, for the difference to be of what lives and
// not of what has not been collected yet.
func heavy() []*contest.Contender {
	env := []string{"GOGC=20", "GODEBUG=gctrace=1"}
	return []*contest.Contender{
		{Name: "idle sdk", Begin: contest.Self("sdk-stateful"), Env: env},
		{Name: "idle gatehouse", Begin: contest.Built("cmd/gatehouse", config), Env: env},
	}
}

// weigh prints what an idle legacy session costs: one that nobody is connected
// for.
func weigh(ctx context.Context, out io.Writer, dir string, o options) error {
	sessions := o.idle
	fmt.Fprintf(out, "\nmemory of each of %d idle legacy sessions (aim: less than 20 KiB)\n\n", sessions)
	for _, c := range contest.Chosen(heavy(), o.Only) {
		heap, rss, err := weighOne(ctx, dir, c, sessions)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		fmt.Fprintf(out, "%30s  %5.1f KiB of live heap  %5.1f KiB of RSS\n", c.Name,
			float64(heap)/1024/float64(sessions), float64(rss)/1024/float64(sessions))
	}
	return nil
}

func weighOne(ctx context.Context, dir string, c *contest.Contender, sessions int) (heap, rss int64, err error) {
	p, t, err := c.Begin(ctx, dir, c)
	if err != nil {
		return 0, 0, err
	}
	defer p.Stop()
	var callers []*contest.Session
	for i := range 8 {
		s, err := contest.Open(ctx, t, i)
		if err != nil {
			return 0, 0, err
		}
		callers = append(callers, s)
	}
	heapBefore, rssBefore, err := settled(ctx, p, callers)
	if err != nil {
		return 0, 0, err
	}
	for range sessions {
		if _, err := contest.Open(ctx, t, 0); err != nil {
			return 0, 0, err
		}
	}
	heap, rss, err = settled(ctx, p, callers)
	return heap - heapBefore, rss - rssBefore, err
}

// settled makes calls until the collector has run twice more, and returns what
// is left then.
func settled(ctx context.Context, p *contest.Process, callers []*contest.Session) (heap, rss int64, err error) {
	_, first, err := liveHeap(p)
	if err != nil {
		return 0, 0, err
	}
	for range 60 {
		if _, err := contest.Drive(ctx, callers, 1<<20, 500*time.Millisecond); err != nil {
			return 0, 0, err
		}
		live, runs, err := liveHeap(p)
		if err != nil {
			return 0, 0, err
		}
		if runs >= first+2 {
			rss, err := p.RSS()
			return live, rss, err
		}
	}
	return 0, 0, errors.New("the collector does not run")
}

// liveHeap reads what the collector has said: how often it ran, and how much
// the last run left.
func liveHeap(p *contest.Process) (live int64, runs int, err error) {
	said, err := p.Said()
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
