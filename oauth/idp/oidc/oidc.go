// Package oidc lets an OpenID Connect provider say who the person is.
//
//	Start  -> discovery (once) -> the provider's login
//	Finish -> code -> ID token -> signature, nonce -> the list -> Person
package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
)

// Config is one provider. ID, Issuer and ClientID must be there.
type Config struct {
	ID           string // names the provider in URLs and subjects
	Label        string // names it to people
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       []string // besides openid; none is profile and email
	Allow        Allow
	HTTP         *http.Client // nil is one with a timeout
}

// timeout bounds each request to a provider.
const timeout = 10 * time.Second

// algorithms are the signatures that an ID token may have. None of them is
// made with a secret that others share.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512,
	oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512,
	oidc.EdDSA,
}

// New returns a login at the provider. It does not call it yet.
func New(c Config) login.Provider {
	if c.Label == "" {
		c.Label = c.ID
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"profile", "email"}
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: timeout}
	}
	return login.Provider{ID: c.ID, Label: c.Label, Away: &away{config: c}}
}

type away struct {
	config   Config
	provider atomic.Pointer[oidc.Provider] // once it was discovered
}

// Start returns the URL of the provider's login.
func (a *away) Start(ctx context.Context, trip login.Trip) (string, error) {
	provider, err := a.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(trip.Nonce), oauth2.S256ChallengeOption(trip.Verifier)}
	if trip.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", trip.Prompt))
	}
	return a.client(provider, trip).AuthCodeURL(trip.State, options...), nil
}

// Finish redeems the code that the browser came back with.
func (a *away) Finish(ctx context.Context, trip login.Trip, query url.Values) (login.Person, error) {
	// 1. The provider may have refused, or somebody else may have answered
	// (RFC 9207).
	if reason := query.Get("error"); reason != "" {
		return login.Person{}, a.refused("%s did not log you in (%s). Try again, or log in another way.", a.config.Label, short(reason))
	}
	if query.Has("iss") && query.Get("iss") != a.config.Issuer {
		return login.Person{}, a.refused("The answer did not come from %s. Try again.", a.config.Label)
	}

	// 2. Fetch the ID token, straight from the provider.
	provider, err := a.discover(ctx)
	if err != nil {
		return login.Person{}, err
	}
	ctx = oidc.ClientContext(ctx, a.config.HTTP)
	token, err := a.client(provider, trip).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(trip.Verifier))
	if err != nil {
		return login.Person{}, a.failed(err)
	}

	// 3. It must be signed by the provider, for us, and for this trip.
	claims, err := a.verify(ctx, provider, token, trip)
	if err != nil {
		return login.Person{}, err
	}

	// 4. Not everybody whom the provider knows need be welcome.
	if !a.config.Allow.admits(claims) {
		return login.Person{}, a.refused("Your account at %s may not log in here. Use another account, or ask the operator for access.", a.config.Label)
	}
	return login.Person{Subject: "oidc:" + a.config.ID + ":" + claims.Subject, Name: claims.displayName()}, nil
}

func (a *away) verify(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, trip login.Trip) (claims, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, a.refused("%s did not say who you are. The operator must configure it as an OpenID Connect provider.", a.config.Label)
	}
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: a.config.ClientID, SupportedSigningAlgs: algorithms})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return claims{}, a.failed(err)
	}
	if id.Nonce != trip.Nonce {
		return claims{}, a.refused("The answer of %s belongs to another login. Try again.", a.config.Label)
	}
	var payload jsontext.Value
	if err := id.Claims(&payload); err != nil {
		return claims{}, a.failed(err)
	}
	c, err := parseClaims(payload, a.config.Allow.GroupsClaim)
	if err != nil {
		return claims{}, a.failed(err)
	}
	return c, nil
}

// discover fetches the provider's metadata, once it succeeds. Nobody waits for
// the attempt of another: at a provider that does not answer, that would be a
// queue.
func (a *away) discover(ctx context.Context) (*oidc.Provider, error) {
	if provider := a.provider.Load(); provider != nil {
		return provider, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, a.config.HTTP), a.config.Issuer)
	if err != nil {
		return nil, a.unreachable(err)
	}
	a.provider.Store(provider)
	return provider, nil
}

func (a *away) client(provider *oidc.Provider, trip login.Trip) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     a.config.ClientID,
		ClientSecret: a.config.ClientSecret,
		Endpoint:     provider.Endpoint(),
		RedirectURL:  trip.Callback,
		Scopes:       append([]string{oidc.ScopeOpenID}, a.config.Scopes...),
	}
}

func (a *away) refused(format string, args ...any) error {
	return fault.New(fault.Denied, format, args...)
}

// failed is a login that broke off between us and the provider.
func (a *away) failed(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return a.unreachable(err)
	}
	return fault.Wrap(err, fault.Denied, "The login at "+a.config.Label+" did not work. Try again; if it fails again, tell the operator.")
}

func (a *away) unreachable(err error) error {
	return fault.Wrap(err, fault.Unavailable, a.config.Label+" cannot be reached at the moment. Try again, or log in another way.")
}

// short keeps what a stranger wrote from filling a page.
func short(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}
