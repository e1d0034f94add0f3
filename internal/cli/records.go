//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/host"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// records is a command with list and revoke.
type records struct {
	name   string
	head   string
	list   func(ctx context.Context, t host.Tables, row func(cells ...string)) error
	revoke func(ctx context.Context, t host.Tables, id string) error
}

func (p *program) clients(ctx context.Context, args []string) error {
	return p.records(ctx, args, records{"clients", "ID\tNAME\tORIGIN\tREGISTERED\tEXPIRES", listClients, revokeClient})
}

func (p *program) grants(ctx context.Context, args []string) error {
	return p.records(ctx, args, records{"grants", "ID\tPERSON\tCLIENT\tSCOPES\tGRANTED\tEXPIRES", listGrants, revokeGrant})
}

func (p *program) sessions(ctx context.Context, args []string) error {
	return p.records(ctx, args, records{"sessions", "ID\tPERSON\tREVISION\tOPENED\tLAST USED", listSessions, revokeSession})
}

func (p *program) records(ctx context.Context, args []string, r records) error {
	fs := p.flags(r.name)
	at := p.place(fs)
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 1 && rest[0] == "list":
	case len(rest) >= 2 && rest[0] == "revoke":
	default:
		return fmt.Errorf("%w: say list, or revoke and an id", errUsage)
	}
	c, err := at.find()
	if err != nil {
		return err
	}
	tables, kv, err := p.tables(c.Data)
	if err != nil {
		return err
	}
	defer kv.Close()
	if rest[0] == "list" {
		return p.print(r.head, func(row func(cells ...string)) error { return r.list(ctx, tables, row) })
	}
	for _, id := range rest[1:] {
		if err := r.revoke(ctx, tables, id); err != nil {
			if errors.Is(err, fault.NotFound) {
				return fmt.Errorf("there is no %s; see gatehouse %s list", id, r.name)
			}
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

func listClients(ctx context.Context, t host.Tables, row func(cells ...string)) error {
	for _, r := range t.Clients.All(ctx, "") {
		if r.Err != nil {
			return r.Err
		}
		c := r.Row
		row(c.ID, clean(c.Name), string(c.Origin), when(c.Created), when(c.Expires))
	}
	return nil
}

// revokeClient removes a client, and ends what people granted it.
func revokeClient(ctx context.Context, t host.Tables, id string) error {
	if _, err := t.Clients.Take(ctx, id); err != nil {
		return err
	}
	for _, r := range t.Grants.All(ctx, "") {
		if r.Err != nil {
			return r.Err
		}
		if r.Row.ClientID == id {
			if err := revokeGrant(ctx, t, r.Row.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func listGrants(ctx context.Context, t host.Tables, row func(cells ...string)) error {
	for _, r := range t.Grants.All(ctx, "") {
		if r.Err != nil {
			return r.Err
		}
		if g := r.Row; g.Live(time.Now()) && g.Label == "" {
			row(g.ID, clean(g.Subject), clean(g.Client), oauth.FormatScope(g.Scopes), when(g.Created), when(g.Expires))
		}
	}
	return nil
}

func revokeGrant(ctx context.Context, t host.Tables, id string) error {
	_, err := t.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		g.Revoke(time.Now())
		return nil
	})
	return err
}

func listSessions(ctx context.Context, t host.Tables, row func(cells ...string)) error {
	for handle, r := range t.Sessions.All(ctx) {
		if r.Err != nil {
			return r.Err
		}
		row(handle, clean(r.Row.Subject), string(r.Row.Revision), when(r.Row.Created), when(r.Row.Used))
	}
	return nil
}

// revokeSession ends a session. A server that runs notices within minutes.
func revokeSession(ctx context.Context, t host.Tables, handle string) error {
	return t.Sessions.Revoke(ctx, handle)
}

// clean makes a name that strangers chose safe to print.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u202e' {
			return '?'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 48 {
		return string(r[:47]) + "…"
	}
	return s
}

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}
