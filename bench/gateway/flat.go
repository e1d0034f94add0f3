package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"gatehouse/bench/contest"
)

// steps is at how many points memory is looked at.
const steps = 10

// flat shows that the host asks the upstream once a call, over connections
// that it keeps, and that its memory does not grow. It first calls half as
// often without counting: until it collects for the first time, the host grows
// to the heap that it aims at.
func flat(ctx context.Context, out io.Writer, dir, up string, calls int) error {
	c := &contest.Contender{Name: "gatehouse, flat", Era: contest.Modern}
	p, t, err := gatehouse("http://"+up+"/modern")(ctx, dir, c)
	if err != nil {
		return err
	}
	defer p.Stop()
	var sessions []*contest.Session
	for i := range 32 {
		s, err := contest.Open(ctx, t, i)
		if err != nil {
			return err
		}
		sessions = append(sessions, s)
	}
	if _, err := contest.Drive(ctx, sessions, calls/2, 10*time.Minute); err != nil {
		return err
	}
	before, err := counts(ctx, up)
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\nRSS in MiB:")
	for range steps {
		if err := say(out, p); err != nil {
			return err
		}
		if _, err := contest.Drive(ctx, sessions, calls/steps, 10*time.Minute); err != nil {
			return err
		}
	}
	if err := say(out, p); err != nil {
		return err
	}
	after, err := counts(ctx, up)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d calls: %d requests to the upstream, %d new connections\n",
		calls/steps*steps, after.requests-before.requests, after.connections-before.connections-1) // one is the question itself
	return nil
}

// say prints how much memory a process has now.
func say(out io.Writer, p *contest.Process) error {
	rss, err := p.RSS()
	if err == nil {
		fmt.Fprintf(out, " %d", rss>>20)
	}
	return err
}

// seen is what the upstream has seen so far.
type seen struct{ requests, connections int64 }

func counts(ctx context.Context, up string) (s seen, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+up+"/counts", nil)
	if err != nil {
		return s, err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, err
	}
	defer res.Body.Close()
	_, err = fmt.Fscan(res.Body, &s.requests, &s.connections)
	return s, err
}
