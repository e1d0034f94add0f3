package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// compare measures all contenders and prints the table.
func compare(ctx context.Context, out io.Writer, dir string, o options) error {
	if o.sessions < 1 || o.sessions > maxSessions {
		return fmt.Errorf("sessions must be 1 to %d", maxSessions)
	}
	all := chosen(contenders(), o.only)
	for _, c := range all {
		defer c.end()
		if err := c.warmUp(ctx, dir, o); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for range o.rounds {
		for _, c := range all {
			if err := c.round(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	if len(all) > 0 {
		if err := table(out, all, o); err != nil {
			return err
		}
	}
	if o.idle == 0 {
		return nil
	}
	for _, c := range all {
		c.end() // they would only be in the way
	}
	return weigh(ctx, out, dir, o)
}

// chosen are those whose names contain a word.
func chosen(all []*contender, word string) []*contender {
	return slices.DeleteFunc(all, func(c *contender) bool { return !strings.Contains(c.name, word) })
}

// warmUp starts the server, opens the sessions, lets it find its pace, and
// fixes the number of calls of a round by the pace that it found.
func (c *contender) warmUp(ctx context.Context, dir string, o options) error {
	p, t, err := c.begin(ctx, dir, c)
	if err != nil {
		return err
	}
	c.process = p
	for i := range o.sessions {
		s, err := open(ctx, t, i)
		if err != nil {
			return err
		}
		s.fixed = c.fixed
		c.sessions = append(c.sessions, s)
	}
	const anyNumber = 1 << 20
	pace, err := drive(ctx, c.sessions, anyNumber, time.Second)
	if err != nil {
		return err
	}
	c.calls = max(o.sessions, int(pace.rate()*o.length.Seconds()))
	return nil
}

// end stops the server, if it was started.
func (c *contender) end() {
	if c.process != nil {
		c.process.stop()
	}
}

// round measures one round.
func (c *contender) round(ctx context.Context, o options) error {
	before, err := c.process.cpu()
	if err != nil {
		return err
	}
	s, err := drive(ctx, c.sessions, c.calls, 10*o.length)
	if err != nil {
		return err
	}
	after, err := c.process.cpu()
	if err != nil {
		return err
	}
	s.cpu = after - before
	if s.rss, err = c.process.rss(); err != nil {
		return err
	}
	c.samples = append(c.samples, s)
	return nil
}

func (c *contender) cpu() float64 { return median(collect(c.samples, sample.cpuPerCall)) }

// aim says what ratio is aimed at, if one is.
func (c *contender) aim() string {
	if c.most == 0 {
		return ""
	}
	return fmt.Sprintf(" (aim: %g)", c.most)
}

// table prints the medians of all rounds.
func table(out io.Writer, all []*contender, o options) error {
	cpu := make(map[string]float64)
	for _, c := range all {
		cpu[c.name] = c.cpu()
	}
	fmt.Fprintf(out, "%d sessions, closed loop, medians of %d rounds; CPU is the server process alone\n\n", o.sessions, o.rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tcalls/s\tp50\tp99\tCPU/call\tRSS\tCPU ratio\t")
	for _, c := range all {
		ratio := ""
		if base := cpu[c.against]; base > 0 {
			ratio = fmt.Sprintf("%.2f × %s%s", c.cpu()/base, c.against, c.aim())
		}
		fmt.Fprintf(w, "%s\t%.0f\t%v\t%v\t%.0f µs\t%d MiB\t%s\t\n", c.name,
			median(collect(c.samples, sample.rate)),
			median(collect(c.samples, func(s sample) time.Duration { return s.p50 })).Round(10*time.Microsecond),
			median(collect(c.samples, func(s sample) time.Duration { return s.p99 })).Round(10*time.Microsecond),
			c.cpu(), median(collect(c.samples, func(s sample) int64 { return s.rss }))>>20, ratio)
	}
	return w.Flush()
}
