package pins

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Table is what was approved, by backend. [New] makes it.
type Table struct{ rows *store.Table[Pinned] }

// New keeps pins in a store.
func New(kv store.KV) *Table { return &Table{store.NewTable[Pinned](kv, "pins", nil)} }

// Pinned are the tools of a backend that were seen, by name.
type Pinned struct {
	Tools map[string]Pin `json:"tools"`
}

// Pin is what is remembered of a tool.
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

// Get returns what is remembered of a backend, which is nothing if none of its
// tools was seen.
func (t *Table) Get(ctx context.Context, backend string) (Pinned, error) {
	pinned, err := t.rows.Get(ctx, backend)
	if errors.Is(err, fault.NotFound) {
		return Pinned{}, nil
	}
	return pinned, err
}

// Look compares the tools of a backend, by name, with what was approved. One
// that is seen for the first time is approved by that. It returns the tools
// that are withheld, and which of them were not when it looked before.
func (t *Table) Look(ctx context.Context, backend string, tools iter.Seq2[string, jsontext.Value]) (withheld, news []string, err error) {
	pinned, err := t.Get(ctx, backend)
	if err != nil {
		return nil, nil, err
	}
	now, before := time.Now(), pinned.Withheld()
	if _, changed := compare(pinned, tools, now); !changed {
		return before, nil, nil
	}
	pinned, err = t.rows.Upsert(ctx, backend, func(p *Pinned) error {
		*p, _ = compare(*p, tools, now)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	withheld = pinned.Withheld()
	news = slices.DeleteFunc(slices.Clone(withheld), func(name string) bool { return slices.Contains(before, name) })
	return withheld, news, nil
}

// Accept approves the new definitions of tools that are withheld: of those
// named, or of all. It returns which they were, and fails with fault.NotFound
// for one that is not withheld.
func (t *Table) Accept(ctx context.Context, backend string, tools ...string) (accepted []string, err error) {
	_, err = t.rows.Upsert(ctx, backend, func(p *Pinned) error {
		accepted = tools
		if len(tools) == 0 {
			accepted = p.Withheld()
		}
		for _, name := range accepted {
			pin := p.Tools[name]
			if pin.Changed == "" {
				return fault.New(fault.NotFound, "No tool %q of the backend %q is withheld. What is, shows: gatehouse backends changes %s", name, backend, backend)
			}
			p.Tools[name] = Pin{Approved: pin.Changed}
		}
		return nil
	})
	return accepted, err
}
