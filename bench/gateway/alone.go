package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gatehouse/bench/contest"
)

// alone measures one client by itself, and prints what each contender adds to
// the way of a call.
func alone(ctx context.Context, out io.Writer, dir, up string, o options) error {
	fmt.Fprintln(out, "\nOne client alone.")
	all := contest.Chosen(contenders(up), o.Only)
	o.Sessions = 1
	if err := contest.Compare(ctx, out, dir, all, o.Options); err != nil {
		return err
	}
	p50 := make(map[string]time.Duration)
	for _, c := range all {
		p50[c.Name] = c.P50()
	}
	way, ok := p50[direct().Name]
	if !ok {
		return nil // it was not chosen
	}
	fmt.Fprintln(out)
	for _, c := range all {
		base, ok := p50[c.Against]
		if !ok || !strings.HasPrefix(c.Name, "gatehouse") {
			continue
		}
		fmt.Fprintf(out, "p50 added: %s %v, %s %v; %.2f × (aim: 1)\n", c.Name, (c.P50() - way).Round(time.Microsecond),
			c.Against, (base - way).Round(time.Microsecond), float64(c.P50()-way)/float64(base-way))
	}
	return nil
}

// lists measures what it costs the host to list 1,000 tools.
func lists(ctx context.Context, out io.Writer, dir, up string, o options) error {
	fmt.Fprintf(out, "\nEach call lists %d tools.\n", manyTools)
	list := func(t *contest.Target) { t.List = true }
	all := []*contest.Contender{
		{Name: "gatehouse, lists, GOGC=100", Era: contest.Modern, Env: []string{"GOGC=100"}, Fixed: []byte(oneTool), Begin: aimed(gatehouse("http://"+up+"/many"), list)},
		{Name: "gatehouse, lists, GOGC=800", Era: contest.Modern, Env: contest.SameGC, Fixed: []byte(oneTool), Begin: aimed(gatehouse("http://"+up+"/many"), list)},
	}
	o.Sessions = min(o.Sessions, 4)
	if err := contest.Compare(ctx, out, dir, all, o.Options); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, c := range all {
		fmt.Fprintf(out, "%s: %v of CPU for a list (aim: %v)\n", c.Name, c.CPU().Round(time.Microsecond), time.Millisecond)
	}
	return nil
}
