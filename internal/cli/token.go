//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/host"
	"gatehouse/internal/config"
	"gatehouse/oauth"
	"gatehouse/oauth/login/accounts"
)

// maxTokenLife bounds a personal access token.
const maxTokenLife = 366 * 24 * time.Hour

// token manages personal access tokens: for scripts and CI, which no person
// can log in for.
func (p *program) token(ctx context.Context, args []string) error {
	fs := p.flags("token")
	at := p.place(fs)
	url := fs.String("url", "", "the server's public `URL`, which the token is for (default the first configured one, or http://localhost:8787)")
	who := fs.String("user", "", "the `person` that it acts for: an account, or an id as grants list shows it")
	label := fs.String("label", "token", "what it is for, as token list shows it")
	expires := fs.String("expires", "90d", "how long it lives: 12h, 30d")
	var scopes list
	fs.Var(&scopes, "scope", "a `scope` that it has; can be given several times")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("%w: say create, list or revoke", errUsage)
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
	people := accounts.New(kv)
	switch {
	case rest[0] == "list" && len(rest) == 1:
		return p.print("ID\tLABEL\tPERSON\tSCOPES\tCREATED\tEXPIRES", func(row func(cells ...string)) error {
			return listTokens(ctx, tables, row)
		})
	case rest[0] == "revoke" && len(rest) == 2:
		if err := revokeGrant(ctx, tables, rest[1]); err != nil {
			return fmt.Errorf("revoke %s: %w", rest[1], err)
		}
		fmt.Fprintf(p.stdout, "revoked %s\n", rest[1])
		return nil
	case rest[0] == "create" && len(rest) == 1:
		life, err := config.ParseDuration(*expires)
		if err != nil {
			return fmt.Errorf("--expires: %w", err)
		}
		n := newToken{tokenURL(*url, c), *who, *label, scopes, life}
		if err := p.checkToken(n, c); err != nil {
			return err
		}
		if n.who, err = subject(ctx, people, n.who); err != nil {
			return err
		}
		return p.createToken(ctx, tables, n)
	}
	return fmt.Errorf("%w: say create, list or revoke ID", errUsage)
}

type newToken struct {
	url, who, label string
	scopes          []string
	life            time.Duration
}

// tokenURL is what the token is for if nobody says: the first URL of the
// server.
func tokenURL(said string, c config.Config) string {
	switch {
	case said != "":
		return said
	case len(c.URLs) > 0:
		return c.URLs[0]
	}
	return "http://localhost:8787"
}

// createToken records a token and shows it, this once.
func (p *program) createToken(ctx context.Context, t host.Tables, n newToken) error {
	now := time.Now()
	id := oauth.NewGrantID(0)
	secret := oauth.NewToken(oauth.PersonalToken, id)
	g := oauth.Grant{
		ID:       id,
		Subject:  n.who,
		Name:     n.who[strings.Index(n.who, ":")+1:],
		ClientID: "personal-access-token",
		Client:   n.label,
		Issuer:   n.url,
		Resource: n.url,
		Scopes:   n.scopes,
		Created:  now,
		Expires:  now.Add(n.life),
		Label:    n.label,
	}
	g.AddAccess(oauth.AccessState{Hash: oauth.HashToken(secret), Scopes: n.scopes, Expires: g.Expires}, now)
	if err := t.Grants.Insert(ctx, id, g); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "This is the token %s of %s, until %s. It is shown this once:\n", id, n.who, when(g.Expires))
	fmt.Fprintln(p.stdout, secret)
	return nil
}

// subject is the id of the person that is meant: an account of the host, whose
// tokens end when it is disabled, or an id as it stands, or a name that is for
// tokens alone.
func subject(ctx context.Context, people *accounts.Directory, name string) (string, error) {
	if strings.Contains(name, ":") {
		return name, nil
	}
	account := accounts.Account{Name: strings.ToLower(name)}
	active, err := people.Active(ctx, account.Subject())
	if err != nil {
		return "", err
	}
	if active {
		return account.Subject(), nil
	}
	return "token:" + name, nil
}

// checkToken says everything that is wrong with a token to be made.
func (p *program) checkToken(n newToken, c config.Config) error {
	var errs []error
	if err := config.CheckURL(n.url); err != nil {
		errs = append(errs, fmt.Errorf("--url: %w", err))
	} else if len(c.URLs) > 0 && !slices.Contains(c.URLs, n.url) {
		errs = append(errs, fmt.Errorf("--url: %s is none of the server's URLs, which are %s", n.url, strings.Join(c.URLs, ", ")))
	}
	if n.who == "" {
		errs = append(errs, errors.New("--user: say for whom; grants list shows how people are called"))
	}
	if len(n.scopes) == 0 {
		errs = append(errs, fmt.Errorf("--scope: say what it may do; there are %s", oauth.FormatScope(p.scopes())))
	}
	for _, s := range n.scopes {
		if _, err := oauth.ParseScope(s); err != nil {
			errs = append(errs, fmt.Errorf("--scope: %w", err))
		}
	}
	if n.life > maxTokenLife {
		errs = append(errs, errors.New("--expires: at most 366d"))
	}
	return errors.Join(errs...)
}

// scopes are those of the mounted servers.
func (p *program) scopes() (all []string) {
	for _, s := range p.servers {
		all = append(all, s.Mount.Scopes...)
	}
	return all
}

func listTokens(ctx context.Context, t host.Tables, row func(cells ...string)) error {
	for _, r := range t.Grants.All(ctx, "") {
		if r.Err != nil {
			return r.Err
		}
		if g := r.Row; g.Live(time.Now()) && g.Label != "" {
			row(g.ID, clean(g.Label), clean(g.Subject), oauth.FormatScope(g.Scopes), when(g.Created), when(g.Expires))
		}
	}
	return nil
}
