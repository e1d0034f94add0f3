package assemble

import (
	"net/http"

	"gatehouse/internal/config"
	"gatehouse/oauth/idp/dev"
	"gatehouse/oauth/idp/github"
	"gatehouse/oauth/idp/oidc"
	"gatehouse/oauth/idp/password"
	"gatehouse/oauth/login"
	"gatehouse/oauth/login/accounts"
)

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
