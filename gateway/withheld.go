package gateway

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
)

// repinAfter is how often the pins are read again while a tool is withheld.
const repinAfter = 3 * time.Second

// repins reports whether the pins of a part may say something else by now.
func (l *line) repins(p *part) bool {
	if p.pin != l.pin.Load() {
		return true
	}
	if p.withheld == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.pinned) >= repinAfter
}

// withhold compares the tools of a backend with what was approved, and returns
// those that clients must not see.
func (g *Gateway) withhold(ctx context.Context, l *line, cat *Catalog) ([]string, error) {
	if g.Pins == nil {
		return nil, errors.New("there is nowhere to remember what was approved")
	}
	now := time.Now()
	withheld, news, err := g.Pins.Look(ctx, l.name, defined(cat.Tools))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.pinned = now
	l.mu.Unlock()
	for _, name := range news {
		g.alarm(ctx, l, name)
	}
	return withheld, nil
}

// defined yields entries by their names.
func defined(entries []Entry) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		for _, e := range entries {
			if !yield(e.Name, e.Raw) {
				return
			}
		}
	}
}

// alarm tells the operator that a tool is not what was approved.
func (g *Gateway) alarm(ctx context.Context, l *line, tool string) {
	g.Log.Warn("a tool is withheld, because its definition has changed since it was approved", "backend", l.name, "name", tool)
	err := g.Audit.Record(ctx, audit.Event{Action: "tool withheld", Backend: l.name, Target: tool, Outcome: audit.Denied})
	if err != nil {
		g.Log.Error("a withheld tool is not recorded", "backend", l.name, "name", tool, "err", err)
	}
}
