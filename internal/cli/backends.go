//go:build !js

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"gatehouse/gateway"
	"gatehouse/gateway/pins"
	"gatehouse/internal/fault"
	"gatehouse/store"
)

// report is how the backends of a running server do. The server writes it
// down, for commands to read.
type report struct {
	At       time.Time        `json:"at"`
	Backends []gateway.Status `json:"backends"`
}

const (
	reportEvery = 2 * time.Second  // at most, where something has changed
	reportLeast = 20 * time.Second // even where nothing has
)

// news reports whether another report says something new.
func (r report) news(next report) bool {
	return next.At.Sub(r.At) >= reportLeast || !bytes.Equal(gist(r.Backends), gist(next.Backends))
}

// gist is what a report says, but for how many calls are under way.
func gist(backends []gateway.Status) []byte {
	all := slices.Clone(backends)
	for i := range all {
		all[i].Running, all[i].Waiting = 0, 0
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil // then it is old at most
	}
	return text
}

// reports is where the report is kept.
func reports(kv store.KV) *store.Table[report] { return store.NewTable[report](kv, "report", nil) }

// reportID is the only row.
const reportID = "backends"

// tell writes down how the backends do until ctx ends, and then that nobody
// knows.
func tell(ctx context.Context, kv store.KV, status func() []gateway.Status) {
	var last report
	table := reports(kv)
	every := time.NewTicker(reportEvery)
	defer every.Stop()
	for {
		if next := (report{time.Now(), status()}); last.news(next) {
			if _, err := table.Upsert(ctx, reportID, func(r *report) error { *r = next; return nil }); err == nil {
				last = next
			}
		}
		select {
		case <-ctx.Done():
			// The store may be locked; then the report is old, which is said.
			_ = table.Delete(context.WithoutCancel(ctx), reportID)
			return
		case <-every.C:
		}
	}
}

// showBackends shows how the backends of a server do.
func (p *program) showBackends(ctx context.Context, args []string) error {
	fs := p.flags("backends")
	at := p.place(fs)
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	var do func(kv store.KV) error
	switch {
	case len(rest) == 0, len(rest) == 1 && rest[0] == "list":
		do = func(kv store.KV) error { return p.listBackends(ctx, kv) }
	case len(rest) == 2 && rest[0] == "changes":
		do = func(kv store.KV) error { return p.showChanges(ctx, kv, rest[1]) }
	case len(rest) >= 2 && rest[0] == "accept":
		do = func(kv store.KV) error { return p.acceptTools(ctx, kv, rest[1], rest[2:]) }
	default:
		return fmt.Errorf("%w: say list, or changes or accept and a backend", errUsage)
	}
	c, err := at.find()
	if err != nil {
		return err
	}
	_, kv, err := p.tables(c.Data)
	if err != nil {
		return err
	}
	defer kv.Close()
	return do(kv)
}

func (p *program) listBackends(ctx context.Context, kv store.KV) error {
	r, err := reports(kv).Get(ctx, reportID)
	if errors.Is(err, fault.NotFound) {
		return errors.New("no server runs on this folder; how its backends do is known while it does")
	}
	if err != nil {
		return err
	}
	if age := time.Since(r.At); age > 2*reportLeast {
		return fmt.Errorf("the server on this folder does not run any more; it was last heard of at %s", when(r.At))
	}
	err = p.print("NAME\tKIND\tSTATE\tTOOLS\tPROMPTS\tRESOURCES", func(row func(cells ...string)) error {
		for _, s := range r.Backends {
			row(cells(s)...)
		}
		return nil
	})
	for _, s := range r.Backends {
		p.remarks(s, stillWithheld(ctx, kv, s))
	}
	return err
}

// stillWithheld are the tools that a server withholds, without those that were
// accepted since it said so: it looks again when somebody uses the backend.
func stillWithheld(ctx context.Context, kv store.KV, s gateway.Status) []string {
	if len(s.Withheld) == 0 {
		return nil
	}
	pinned, err := pins.New(kv).Get(ctx, s.Name)
	if err != nil {
		return s.Withheld
	}
	now := pinned.Withheld()
	return slices.DeleteFunc(slices.Clone(s.Withheld), func(tool string) bool { return !slices.Contains(now, tool) })
}

func cells(s gateway.Status) []string {
	state := s.State
	if s.Breaker != "closed" {
		state += ", not called"
	}
	return []string{s.Name, s.Kind, state, fmt.Sprint(s.Tools), fmt.Sprint(s.Prompts), fmt.Sprint(s.Resources + s.Templates)}
}

// remarks prints what an operator should know of a backend.
func (p *program) remarks(s gateway.Status, withheld []string) {
	if s.Error != "" {
		fmt.Fprintf(p.stdout, "\n%s: since %s: %s\n", s.Name, when(s.Since), visible(strings.ReplaceAll(s.Error, "\n", "; ")))
	}
	for _, note := range s.Notes {
		fmt.Fprintf(p.stdout, "\n%s: %s\n", s.Name, visible(note))
	}
	if len(withheld) > 0 {
		fmt.Fprintf(p.stdout, "\n%s: withheld, because they have changed: %s\n  see gatehouse backends changes %s, then gatehouse backends accept %s\n",
			s.Name, visible(strings.Join(withheld, ", ")), s.Name, s.Name)
	}
}

// showChanges prints what pinned tools have become, for somebody to judge.
func (p *program) showChanges(ctx context.Context, kv store.KV, backend string) error {
	pinned, err := pins.New(kv).Get(ctx, backend)
	if err != nil {
		return err
	}
	withheld := pinned.Withheld()
	if len(withheld) == 0 {
		fmt.Fprintf(p.stdout, "nothing of %s is withheld\n", visible(backend))
	}
	for _, name := range withheld {
		pin := pinned.Tools[name]
		definition := pin.Definition.Clone()
		if err := definition.Indent(); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s, since %s:\n%s\n", visible(name), when(pin.Since), visible(string(definition)))
	}
	return nil
}

// acceptTools approves what pinned tools have become.
func (p *program) acceptTools(ctx context.Context, kv store.KV, backend string, tools []string) error {
	accepted, err := pins.New(kv).Accept(ctx, backend, tools...)
	if err != nil {
		return err
	}
	if len(accepted) == 0 {
		fmt.Fprintf(p.stdout, "nothing of %s is withheld\n", backend)
	}
	for _, name := range accepted {
		fmt.Fprintf(p.stdout, "accepted %s of %s; a running server shows it within seconds\n", visible(name), backend)
	}
	return nil
}

// visible is a text of a stranger with nothing in it that a terminal obeys.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return '?'
		}
		return r
	}, s)
}
