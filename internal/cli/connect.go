//go:build !js

package cli

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/internal/connect"
)

// connect prints how a client is pointed at the server.
func (p *program) connect(_ context.Context, args []string) error {
	fs := p.flags("connect")
	url := fs.String("url", "http://localhost:8787", "the server's public `URL`")
	name := fs.String("name", "gatehouse", "the `name` that the client shall show")
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	if err := config.CheckURL(*url); err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	snippets := connect.Snippets(*url, *name)
	if len(rest) != 1 {
		return fmt.Errorf("%w: name one client of %s", errUsage, ids(snippets))
	}
	s, ok := connect.Find(snippets, rest[0])
	if !ok {
		return fmt.Errorf("%w: no such client: %s; there are %s", errUsage, rest[0], ids(snippets))
	}
	fmt.Fprintf(p.stderr, "%s: %s\n\n", s.Title, s.Text)
	if s.Code != "" {
		fmt.Fprintln(p.stdout, s.Code)
	}
	for i, step := range s.Steps {
		fmt.Fprintf(p.stdout, "%d. %s\n", i+1, step)
	}
	if s.Note != "" {
		fmt.Fprintf(p.stderr, "\n%s\n", s.Note)
	}
	return nil
}

func ids(snippets []connect.Snippet) string {
	var all []string
	for _, s := range snippets {
		all = append(all, s.ID)
	}
	return strings.Join(all, ", ")
}
