package main

import (
	"context"
	"fmt"

	"gatehouse/bench/contest"
)

// aim is three quarters of what a bare copy costs.
const aim = 0.75

// contenders are all that are compared, in the order of the table. Both sides
// of a ratio run with the same settings of the collector.
func contenders(up string) (all []*contest.Contender) {
	for _, gc := range []struct {
		title string
		env   []string
	}{{"GOGC=100", []string{"GOGC=100"}}, {"GOGC=800", contest.SameGC}} {
		for _, e := range []struct {
			title, path string
			era         contest.Era
		}{{"legacy", "/legacy", contest.Legacy}, {"modern", "/modern", contest.Modern}} {
			title := ", " + e.title + ", " + gc.title
			all = append(all,
				&contest.Contender{Name: "reverse proxy" + title, Era: e.era, Env: gc.env, Begin: proxy("http://" + up + e.path)},
				&contest.Contender{Name: "gatehouse" + title, Era: e.era, Env: gc.env, Begin: gatehouse("http://" + up + e.path),
					Against: "reverse proxy" + title, Most: aim})
		}
	}
	return append(all, direct())
}

// direct is the upstream with nothing between.
func direct() *contest.Contender {
	return &contest.Contender{Name: "direct, modern", Era: contest.Modern,
		Begin: aimed(contest.Self("upstream"), func(t *contest.Target) { t.Path = "/modern" })}
}

// aimed changes where the calls go.
func aimed(begin contest.Beginning, change func(*contest.Target)) contest.Beginning {
	return func(ctx context.Context, dir string, c *contest.Contender) (*contest.Process, contest.Target, error) {
		p, t, err := begin(ctx, dir, c)
		change(&t)
		return p, t, err
	}
}

// proxy begins a reverse proxy in front of a URL.
func proxy(to string) contest.Beginning {
	begin := contest.Self("reverse-proxy")
	return func(ctx context.Context, dir string, c *contest.Contender) (*contest.Process, contest.Target, error) {
		own := *c
		own.Env = append([]string{"UPSTREAM=" + to}, c.Env...)
		return begin(ctx, dir, &own)
	}
}

// gatehouse begins the host with a URL as its backend.
func gatehouse(to string) contest.Beginning {
	config := fmt.Sprintf("backends: {up: {url: %q, prefix: up_}}\n", to)
	return aimed(contest.Built("cmd/gatehouse", config), func(t *contest.Target) { t.Tool = "up_add" })
}
