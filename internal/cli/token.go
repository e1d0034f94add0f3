//go:build !js

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/operate"
)

// token manages personal access tokens: for scripts and CI, which no person
// can log in for.
func (p *program) token(ctx context.Context, args []string) error {
	fs := p.flags("token")
	at := p.desk(fs)
	match := matching(fs)
	url := fs.String("url", "", "the server's public `URL`, which the token is for (default that of the Worker, the first configured one, or http://localhost:8787)")
	who := fs.String("user", "", "the `person` that it acts for: an account, or an id as grants list shows it")
	label := fs.String("label", "token", "a `text` that says what it is for, as token list shows it")
	expires := fs.String("expires", "90d", "the `time` that it lives, such as 12h or 30d")
	var scopes list
	fs.Var(&scopes, "scope", "a `scope` that it has; can be given several times")
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 1 && (rest[0] == "list" || rest[0] == "create"):
	case len(rest) >= 2 && rest[0] == "revoke":
	default:
		return fmt.Errorf("%w: say list or create, or revoke and an id", errUsage)
	}
	life, err := config.ParseDuration(*expires)
	if err != nil {
		return fmt.Errorf("--expires: %w", err)
	}
	orders, err := at.open()
	if err != nil {
		return err
	}
	defer orders.close()
	switch rest[0] {
	case "list":
		return p.listRecords(ctx, orders, operate.Tokens, *match)
	case "revoke":
		return p.revokeRecords(ctx, orders, operate.Tokens, rest[1:])
	}
	return p.createToken(ctx, orders, operate.NewToken{
		URL: *url, At: strings.TrimSuffix(*at.worker, "/"), Who: *who, Label: *label, Scopes: scopes, Expires: time.Now().Add(life),
	})
}

// createToken shows a new token, this once.
func (p *program) createToken(ctx context.Context, orders orders, n operate.NewToken) error {
	res, err := orders.do(ctx, operate.Order{Do: operate.Create, Of: operate.Tokens, Token: n})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "This is the token %s of %s for %s, until %s. It is shown this once:\n", res.ID, res.Subject, res.URL, when(n.Expires))
	fmt.Fprintln(p.stdout, res.Token)
	return nil
}
