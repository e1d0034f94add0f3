package assemble

import (
	"net/http"

	"gatehouse/gateway"
	"gatehouse/host"
	"gatehouse/internal/config"
	"gatehouse/oauth/idp/dev"
	"gatehouse/oauth/idp/github"
	"gatehouse/oauth/idp/oidc"
	"gatehouse/oauth/idp/password"
	"gatehouse/oauth/login"
	"gatehouse/oauth/login/accounts"
)

// Server is one mounted backend, and what people are told about its scopes.
type Server struct {
	Mount  gateway.Mount
	Scopes map[string]string // scope to a sentence for the consent page
}

// Mount adds the servers to the parts.
func Mount(parts *host.Parts, servers []Server) {
	parts.ScopeText = make(map[string]string)
	for _, s := range servers {
		parts.Mounts = append(parts.Mounts, s.Mount)
		for scope, text := range s.Scopes {
			parts.ScopeText[scope] = text
		}
	}
}

// Providers are the ways to log in. Those elsewhere are reached by client; nil
// is one with a timeout.
func Providers(c config.Login, development bool, people *accounts.Directory, client *http.Client) []login.Provider {
	var all []login.Provider
	if development {
		all = append(all, dev.Provider())
	}
	if c.Password {
		all = append(all, password.Provider(people))
	}
	for _, o := range c.OIDC {
		all = append(all, oidc.New(oidc.Config{
			ID:           o.ID,
			Label:        o.Name,
			Issuer:       o.Issuer,
			ClientID:     o.ClientID,
			ClientSecret: o.ClientSecret.Reveal(),
			Scopes:       o.Scopes,
			Allow:        oidc.Allow{Emails: o.Emails, Domains: o.Domains, Groups: o.Groups},
			HTTP:         client,
		}))
	}
	if g := c.GitHub; g != nil {
		all = append(all, github.New(github.Config{
			URL:          g.URL,
			API:          g.API,
			ClientID:     g.ClientID,
			ClientSecret: g.ClientSecret.Reveal(),
			Users:        g.Users,
			Orgs:         g.Orgs,
			HTTP:         client,
		}))
	}
	return all
}
