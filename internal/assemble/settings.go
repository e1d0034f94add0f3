package assemble

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/host"
	"gatehouse/internal/config"
	"gatehouse/mcp"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
)

// Settings are the parts of the configuration that the host uses.
func Settings(c config.Config, dev bool) (host.Config, error) {
	s := host.Config{
		Name:            c.Name,
		URLs:            c.URLs,
		Dev:             dev,
		Origins:         c.Origins,
		RedirectSchemes: c.RedirectSchemes,
		Registration:    c.Registration == nil || *c.Registration,
		Limits: host.Limits{
			Body:          int64(c.Limits.Body),
			JSON:          mcp.Limits{Depth: c.Limits.Depth, Batch: c.Limits.Batch},
			Sessions:      c.Limits.Sessions,
			Streams:       c.Limits.Streams,
			Registrations: c.Limits.Registrations,
		},
		Tokens: host.Tokens{
			Access:      time.Duration(c.Tokens.Access),
			RefreshIdle: time.Duration(c.Tokens.RefreshIdle),
			Grant:       time.Duration(c.Tokens.Grant),
		},
	}
	if dev {
		s.Limits.Registrations = 0 // everybody is on this machine
	}
	for _, text := range c.Proxies {
		prefix, err := config.ParsePrefix(text)
		if err != nil {
			return s, err
		}
		s.Proxies = append(s.Proxies, prefix)
	}
	var err error
	s.Clients, err = Configured(c)
	return s, err
}

// Configured are the clients that the operator vouches for, and everything
// that is wrong with them.
func Configured(c config.Config) (all []oauth.Client, err error) {
	var errs []error
	for i, cl := range c.Clients {
		made, err := vouched(cl, c.RedirectSchemes)
		if err != nil {
			errs = append(errs, c.Fault(fmt.Sprintf("clients[%d]", i), "%v", err))
		}
		all = append(all, made)
	}
	return all, config.Join(errs...)
}

// vouched is one that the operator vouches for.
func vouched(c config.Client, schemes []string) (oauth.Client, error) {
	made := oauth.Client{
		ID:           c.ID,
		Origin:       oauth.Configured,
		Name:         c.Name,
		RedirectURIs: c.RedirectURIs,
		GrantTypes:   c.Grants,
		AuthMethod:   c.Auth,
		JWKSURI:      c.JWKSURI,
		JWKS:         jsontext.Value(c.JWKS),
		Scopes:       c.Scopes,
	}
	if made.Name == "" {
		made.Name = made.ID
	}
	if made.AuthMethod == "" {
		made.AuthMethod = oauth.AuthNone
	}
	if len(made.GrantTypes) == 0 {
		made.GrantTypes = []string{oauth.GrantCode, oauth.GrantRefresh}
	}
	if c.Secret != "" {
		made.SecretHash = oauth.HashToken(c.Secret.Reveal())
	}
	for _, uri := range c.RedirectURIs {
		if err := oauth.CheckRedirect(uri, schemes); err != nil {
			return made, err
		}
	}
	if c.JWKS != "" {
		if err := clients.CheckKeys(made.JWKS); err != nil {
			return made, fmt.Errorf("jwks: %w", err)
		}
	}
	return made, nil
}
