package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Pins remember which definitions of tools were approved, by backend.
// [NewPins] makes them.
type Pins interface {
	Get(ctx context.Context, backend string) (Pinned, error)
	Upsert(ctx context.Context, backend string, change func(*Pinned) error) (Pinned, error)
}

// NewPins keeps pins in a store.
func NewPins(kv store.KV) Pins { return store.NewTable[Pinned](kv, "pins", nil) }

// Pinned are the tools of a backend that were seen, by name.
type Pinned struct {
	Tools map[string]Pin `json:"tools"`
}

// Pin is what is remembered of a tool. Definitions are told apart by a digest:
// the order of members and the space between them do not count.
type Pin struct {
	Approved string `json:"approved"` // digest of the definition that was approved

	// What is withheld; empty if nothing is.
	Changed    string         `json:"changed,omitzero"` // digest of the new definition
	Definition jsontext.Value `json:"definition,omitempty"`
	Since      time.Time      `json:"since,omitzero"`
}

// Withheld returns the tools that wait for somebody to look, in order.
func (p Pinned) Withheld() []string {
	var names []string
	for name, pin := range p.Tools {
		if pin.Changed != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Accept approves the new definitions of tools that are withheld: of those
// named, or of all. It returns which they were, and fails with fault.NotFound
// for one that is not withheld. A running gateway shows them within seconds.
func Accept(ctx context.Context, pins Pins, backend string, tools ...string) (accepted []string, err error) {
	_, err = pins.Upsert(ctx, backend, func(p *Pinned) error {
		accepted = tools
		if len(tools) == 0 {
			accepted = p.Withheld()
		}
		for _, name := range accepted {
			pin := p.Tools[name]
			if pin.Changed == "" {
				return fault.New(fault.NotFound, "No tool %q of the backend %q is withheld.", name, backend)
			}
			p.Tools[name] = Pin{Approved: pin.Changed}
		}
		return nil
	})
	return accepted, err
}

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

// withhold compares the tools of a backend with what was approved. One that is
// seen for the first time is approved by that.
func (g *Gateway) withhold(ctx context.Context, l *line, cat *Catalog) ([]string, error) {
	if g.Pins == nil {
		return nil, errors.New("there is nowhere to remember what was approved")
	}
	pins, err := g.Pins.Get(ctx, l.name)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	l.mu.Lock()
	l.pinned = time.Now()
	l.mu.Unlock()

	now := time.Now()
	before := pins.Withheld()
	if after, changed := compare(pins, cat.Tools, now); !changed {
		return after.Withheld(), nil
	}
	pins, err = g.Pins.Upsert(ctx, l.name, func(p *Pinned) error {
		*p, _ = compare(*p, cat.Tools, now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	withheld := pins.Withheld()
	for _, name := range withheld {
		if !slices.Contains(before, name) {
			g.alarm(ctx, l, name)
		}
	}
	return withheld, nil
}

// compare holds tools to the pins, and returns the pins as they then are.
func compare(pins Pinned, tools []Entry, now time.Time) (after Pinned, changed bool) {
	after.Tools = make(map[string]Pin, len(pins.Tools)+len(tools))
	for name, pin := range pins.Tools {
		after.Tools[name] = pin
	}
	for _, e := range tools {
		is := definition(e.Raw)
		was, known := after.Tools[e.Name]
		pin := was
		switch {
		case !known:
			pin = Pin{Approved: is}
		case was.Approved == is:
			pin = Pin{Approved: is} // it is as it was again
		case was.Changed != is:
			pin = Pin{Approved: was.Approved, Changed: is, Definition: e.Raw, Since: now}
		}
		if pin.Approved != was.Approved || pin.Changed != was.Changed {
			after.Tools[e.Name] = pin
			changed = true
		}
	}
	return after, changed
}

// definition is a digest of what a tool is, in canonical form (RFC 8785).
func definition(raw jsontext.Value) string {
	canonical := slices.Clone(raw)
	if canonical.Canonicalize() != nil {
		canonical = raw
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// alarm tells the operator that a tool is not what was approved.
func (g *Gateway) alarm(ctx context.Context, l *line, tool string) {
	g.Log.Warn("a tool is withheld, because its definition has changed since it was approved", "backend", l.name, "name", tool)
	err := g.Audit.Record(ctx, audit.Event{Action: "tool withheld", Backend: l.name, Target: tool, Outcome: audit.Denied})
	if err != nil {
		g.Log.Error("a withheld tool is not recorded", "backend", l.name, "name", tool, "err", err)
	}
}
