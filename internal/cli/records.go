//go:build !js

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
)

func (p *program) clients(ctx context.Context, args []string) error {
	return p.records(ctx, args, operate.Clients)
}

func (p *program) grants(ctx context.Context, args []string) error {
	return p.records(ctx, args, operate.Grants)
}

func (p *program) sessions(ctx context.Context, args []string) error {
	return p.records(ctx, args, operate.Sessions)
}

// records is a command with list and revoke.
func (p *program) records(ctx context.Context, args []string, of operate.Kind) error {
	fs := p.flags(string(of))
	at := p.desk(fs)
	match := matching(fs)
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 1 && rest[0] == "list":
	case len(rest) >= 2 && rest[0] == "revoke":
	default:
		return fmt.Errorf("%w: say list, or revoke and an id", errUsage)
	}
	orders, err := at.open()
	if err != nil {
		return err
	}
	defer orders.close()
	if rest[0] == "list" {
		return p.listRecords(ctx, orders, of, *match)
	}
	return p.revokeRecords(ctx, orders, of, rest[1:])
}

// matching is the flag of lists.
func matching(fs *flag.FlagSet) *string {
	return fs.String("match", "", "list only what has this `text` in it")
}

func (p *program) listRecords(ctx context.Context, orders orders, of operate.Kind, match string) error {
	res, err := orders.do(ctx, operate.Order{Do: operate.List, Of: of, Match: match})
	if err != nil {
		return err
	}
	err = p.print(strings.Join(operate.Head(of), "\t"), func(row func(cells ...string)) error {
		for _, cells := range res.Rows {
			var texts []string
			for _, c := range cells {
				texts = append(texts, c.String())
			}
			row(texts...)
		}
		return nil
	})
	if err == nil && res.More {
		fmt.Fprintln(p.stderr, "There are more than a server lists at once; find some with --match.")
	}
	return err
}

func (p *program) revokeRecords(ctx context.Context, orders orders, of operate.Kind, ids []string) error {
	for _, id := range ids {
		_, err := orders.do(ctx, operate.Order{Do: operate.Revoke, Of: of, ID: id})
		if errors.Is(err, fault.NotFound) {
			return fmt.Errorf("there is no %s; see the list", id)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "revoked %s\n", id)
	}
	return nil
}

// print writes a table of aligned columns.
func (p *program) print(head string, fill func(row func(cells ...string)) error) error {
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, head)
	if err := fill(func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }); err != nil {
		return err
	}
	return w.Flush()
}

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}
