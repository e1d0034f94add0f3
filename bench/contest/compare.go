package contest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Options say how much is measured.
type Options struct {
	Sessions int // that call at the same time
	Rounds   int
	Length   time.Duration // that is aimed at; the warm-up fixes the number of calls
	Warm     time.Duration // how long the warm-up is; zero is a second
	Only     string        // a word that the names of those to measure contain
}

// Compare measures all contenders and prints the table. It ends them.
func Compare(ctx context.Context, out io.Writer, dir string, all []*Contender, o Options) error {
	if o.Sessions < 1 || o.Sessions > maxSessions {
		return fmt.Errorf("sessions must be 1 to %d", maxSessions)
	}
	for _, c := range all {
		defer c.end()
		if err := c.warmUp(ctx, dir, o); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	for range o.Rounds {
		for _, c := range all {
			if err := c.round(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return table(out, all, o)
}

// warmUp starts the server, opens the sessions, lets it find its pace, and
// fixes the number of calls of a round by the pace that it found.
func (c *Contender) warmUp(ctx context.Context, dir string, o Options) error {
	p, t, err := c.Begin(ctx, dir, c)
	if err != nil {
		return err
	}
	c.process = p
	for i := range o.Sessions {
		s, err := Open(ctx, t, i)
		if err != nil {
			return err
		}
		s.fixed = c.Fixed
		c.sessions = append(c.sessions, s)
	}
	const anyNumber = 1 << 20
	pace, err := Drive(ctx, c.sessions, anyNumber, cmp.Or(o.Warm, time.Second))
	if err != nil {
		return err
	}
	c.calls = max(o.Sessions, int(pace.rate()*o.Length.Seconds()))
	return nil
}

// end stops the server, if it was started.
func (c *Contender) end() {
	if c.process != nil {
		c.process.Stop()
	}
}

// round measures one round.
func (c *Contender) round(ctx context.Context, o Options) error {
	before, err := c.process.cpu()
	if err != nil {
		return err
	}
	s, err := Drive(ctx, c.sessions, c.calls, 10*o.Length)
	if err != nil {
		return err
	}
	after, err := c.process.cpu()
	if err != nil {
		return err
	}
	s.cpu = after - before
	if s.rss, err = c.process.RSS(); err != nil {
		return err
	}
	c.samples = append(c.samples, s)
	return nil
}

// Rate is how many calls it answered in a second: the median of its rounds.
func (c *Contender) Rate() float64 { return median(collect(c.samples, sample.rate)) }

// P50 is how long half of its calls took at most: the median of its rounds.
func (c *Contender) P50() time.Duration {
	return median(collect(c.samples, func(s sample) time.Duration { return s.p50 }))
}

// CPU is what a call cost its process: the median of its rounds.
func (c *Contender) CPU() time.Duration { return time.Duration(c.cpu() * float64(time.Microsecond)) }

func (c *Contender) cpu() float64 { return median(collect(c.samples, sample.cpuPerCall)) }

// aim says what ratio is aimed at, if one is.
func (c *Contender) aim() string {
	if c.Most == 0 {
		return ""
	}
	return fmt.Sprintf(" (aim: %g)", c.Most)
}

// table prints the medians of all rounds.
func table(out io.Writer, all []*Contender, o Options) error {
	cpu := make(map[string]float64)
	for _, c := range all {
		cpu[c.Name] = c.cpu()
	}
	fmt.Fprintf(out, "%d sessions, closed loop, medians of %d rounds; CPU is the server process alone\n\n", o.Sessions, o.Rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tcalls/s\tp50\tp99\tCPU/call\tRSS\tCPU ratio\t")
	for _, c := range all {
		ratio := ""
		if base := cpu[c.Against]; base > 0 {
			ratio = fmt.Sprintf("%.2f × %s%s", c.cpu()/base, c.Against, c.aim())
		}
		fmt.Fprintf(w, "%s\t%.0f\t%v\t%v\t%.0f µs\t%d MiB\t%s\t\n", c.Name,
			c.Rate(),
			c.P50().Round(10*time.Microsecond),
			median(collect(c.samples, func(s sample) time.Duration { return s.p99 })).Round(10*time.Microsecond),
			c.cpu(), median(collect(c.samples, func(s sample) int64 { return s.rss }))>>20, ratio)
	}
	return w.Flush()
}
