package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"gatehouse/bench/contest"
)

// flat shows that the host asks the upstream once a call, over connections
// that it keeps, and that its memory does not grow.
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
	if _, err := contest.Drive(ctx, sessions, calls/10, time.Minute); err != nil {
		return err
	}
	rss, err := p.RSS()
	if err != nil {
		return err
	}
	requests, connections, err := counts(ctx, up)
	if err != nil {
		return err
	}
	if _, err := contest.Drive(ctx, sessions, calls, 10*time.Minute); err != nil {
		return err
	}
	after, err := p.RSS()
	if err != nil {
		return err
	}
	moreRequests, moreConnections, err := counts(ctx, up)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d calls: %d requests to the upstream, %d new connections; RSS %d MiB before, %d MiB after\n",
		calls, moreRequests-requests, moreConnections-connections-1, rss>>20, after>>20) // one is the question itself
	return nil
}

// counts asks the upstream how many requests and connections it has seen.
func counts(ctx context.Context, up string) (requests, connections int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+up+"/counts", nil)
	if err != nil {
		return 0, 0, err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	_, err = fmt.Fscan(res.Body, &requests, &connections)
	return requests, connections, err
}
