package host

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/authorize"
	"gatehouse/oauth/clients"
	"gatehouse/oauth/discovery"
	"gatehouse/oauth/guard"
	"gatehouse/oauth/login"
	"gatehouse/oauth/register"
	"gatehouse/oauth/token"
	"gatehouse/web"
)

// site is one public URL with the handlers of its own.
type site struct {
	*shared
	offer
	issuer string
	pages  web.Pages

	authorize *authorize.Handler
	token     *token.Handler
	register  *register.Handler
	discovery *discovery.Handler
}

// resources are the audiences of tokens at this site: each endpoint, and the
// site itself, which covers them both.
func (s *site) resources() []string {
	return []string{s.issuer + "/mcp", s.issuer + "/sse", s.issuer}
}

func (sh *shared) site(issuer string, o offer) (*site, error) {
	s := &site{shared: sh, offer: o, issuer: issuer}
	s.authorize = &authorize.Handler{
		Issuer:    issuer,
		Resources: s.resources(),
		Scopes:    o.scopes,
		Baseline:  o.baseline,
		Providers: sh.p.Providers,
		Clients:   sh.directory,
		Requests:  sh.requests,
		Grants:    sh.Grants,
		Sessions:  &login.Sessions{Issuer: issuer, Table: sh.logins, Now: now, Active: sh.p.Active},
		Flights:   sh.flights,
		Pages:     s.pages,
		Audit:     sh.p.Audit,
		Now:       now,
		Shards:    sh.c.Shards,

		PerAddress: sh.waiting,
	}
	s.token = &token.Handler{
		Issuer:    issuer,
		Resources: s.resources(),
		Root:      issuer,
		Scopes:    o.all(),
		Lives:     sh.lives(),
		Clients:   s.authenticator(),
		Grants:    sh.Grants,
		Now:       now,
		Shards:    sh.c.Shards,
		Used:      sh.directory.Used,
		Disabled:  sh.disabled,
		Revoked:   sh.tokens.Forget,
		Alarm:     sh.alarm,
	}
	s.register = &register.Handler{
		Registry:       sh.directory.Registry,
		PrivateSchemes: sh.c.RedirectSchemes,
		PerAddress:     sh.rate,
	}
	var err error
	s.discovery, err = discovery.New(discovery.Config{
		Issuer:            issuer,
		Name:              sh.c.Name,
		Resources:         []string{"/mcp", "/sse", ""},
		Scopes:            o.baseline,
		AllScopes:         o.all(),
		GrantTypes:        []string{oauth.GrantCode, oauth.GrantRefresh, oauth.GrantClientCredentials},
		AuthMethods:       []string{oauth.AuthNone, oauth.AuthBasic, oauth.AuthPost, oauth.AuthPrivateKeyJWT},
		SigningAlgorithms: clients.SigningAlgorithms,
		Registration:      sh.c.Registration,
		Documents:         true,
	})
	return s, err
}

func (s *site) authenticator() *clients.Authenticator {
	return &clients.Authenticator{
		Clients: s.directory,
		Assertions: &clients.Assertions{
			Issuer:        s.issuer,
			TokenEndpoint: s.issuer + "/token",
			Keys:          s.keys,
			Once:          s.once,
			Now:           now,
		},
		Tries: s.tries,
		Now:   now,
	}
}

func (sh *shared) lives() token.Lives {
	l := token.DefaultLives
	l.Access, l.Idle, l.Absolute = sh.c.Tokens.Access, sh.c.Tokens.RefreshIdle, sh.c.Tokens.Grant
	return l
}

// disabled reports whether a person may no longer come in.
func (sh *shared) disabled(ctx context.Context, subject string) (bool, error) {
	if sh.p.Active == nil {
		return false, nil
	}
	active, err := sh.p.Active(ctx, subject)
	return !active, err
}

// alarm tells the operator that a token or a code was presented that its owner
// no longer has.
func (sh *shared) alarm(ctx context.Context, g oauth.Grant, what string) {
	err := sh.p.Audit.Record(ctx, audit.Event{
		Request:  httpx.RequestID(ctx),
		Subject:  g.Subject,
		Name:     g.Name,
		ClientID: g.ClientID,
		Grant:    g.ID,
		Action:   "grant ended",
		Target:   what + " used again",
		Outcome:  audit.OK,
	})
	if err != nil {
		httpx.Note(ctx, err) // the grant is ended all the same
	}
	sh.p.Log.WarnContext(ctx, "a grant was ended because "+what+" was used again: it may have been stolen",
		"grant", g.ID, "subject", g.Subject, "client", g.ClientID, "request", httpx.RequestID(ctx))
}

// endpoint makes the endpoint at a path.
func (s *site) endpoint(path string, old bool) *endpoint {
	return &endpoint{
		guard: &guard.Guard{
			Issuer:   s.issuer,
			Resource: s.issuer + path,
			Root:     s.issuer,
			Metadata: discovery.MetadataURL(s.issuer, path),
			Scopes:   s.baseline,
			Tokens:   s.tokens,
		},
		modern: s.modern,
		legacy: s.legacy,
		limit:  s.c.Limits.Body,
		json:   s.c.Limits.JSON,
		old:    old,
	}
}

// home draws the first page.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	home := web.Home{Name: s.c.Name, URL: s.issuer}
	session, err := s.authorize.Sessions.Current(r)
	if err == nil {
		home.Person = session.Person.Name
	} else if !errors.Is(err, fault.NotFound) {
		return err
	}
	return s.pages.Home(w, home)
}
