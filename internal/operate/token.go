package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/oauth/login/accounts"
)

// maxTokenLife bounds a personal access token.
const maxTokenLife = 366 * 24 * time.Hour

// devURL is the server of whom nobody says more: gatehouse dev on this machine.
const devURL = "http://localhost:8787"

// NewToken is a personal access token to be made.
type NewToken struct {
	URL     string    `json:"url"`          // of the server that it is for; empty is At, or its first
	At      string    `json:"at,omitempty"` // where the server was reached, if it was by a URL
	Who     string    `json:"who"`          // acts by it: an account, or the id of a person
	Label   string    `json:"label"`
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires"`
}

// Server is what a token is checked against.
type Server struct {
	URLs   []string // none if they are not known
	Scopes []string
	Shards int // that grants are spread over; 0 is one
	// Active reports whether there is a person with that id who may come in.
	Active func(ctx context.Context, subject string) (bool, error)
}

// check says everything that is wrong with a token.
func (s Server) check(n NewToken) error {
	var errs []error
	if err := config.CheckURL(n.URL); err != nil {
		errs = append(errs, fmt.Errorf("--url: %w", err))
	} else if len(s.URLs) > 0 && !slices.Contains(s.URLs, n.URL) {
		errs = append(errs, fmt.Errorf("--url: %s is none of the server's URLs, which are %s", n.URL, strings.Join(s.URLs, ", ")))
	}
	if n.Who == "" {
		errs = append(errs, errors.New("--user: say for whom; grants list shows how people are called"))
	}
	if len(n.Scopes) == 0 {
		errs = append(errs, fmt.Errorf("--scope: say what it may do; there are %s", oauth.FormatScope(s.Scopes)))
	}
	for _, scope := range n.Scopes {
		if !oauth.IsScope(scope) {
			errs = append(errs, fmt.Errorf("--scope: %q is no scope; give the flag once for each", scope))
		}
	}
	if time.Until(n.Expires) > maxTokenLife {
		errs = append(errs, errors.New("--expires: at most 366d"))
	}
	if err := errors.Join(errs...); err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	return nil
}

// subject is the id of the person that is meant: an account of the host, whose
// tokens end when it is disabled, or an id as it stands, or a name that is for
// tokens alone.
func (s Server) subject(ctx context.Context, who string) (string, error) {
	if strings.Contains(who, ":") {
		return who, nil
	}
	account := accounts.Account{Name: strings.ToLower(who)}
	active, err := s.Active(ctx, account.Subject())
	if err != nil {
		return "", err
	}
	if active {
		return account.Subject(), nil
	}
	return "token:" + who, nil
}

// usual is the URL that a token is for if nobody says one: where the server
// was reached, if that is a URL of it.
func (s Server) usual(at string) string {
	switch {
	case slices.Contains(s.URLs, at):
		return at
	case len(s.URLs) > 0:
		return s.URLs[0]
	}
	return devURL
}

// create records a token, and shows it this once.
func (r Records) create(ctx context.Context, n NewToken) (Result, error) {
	if n.URL == "" {
		n.URL = r.Server.usual(n.At)
	}
	if err := r.Server.check(n); err != nil {
		return Result{}, err
	}
	subject, err := r.Server.subject(ctx, n.Who)
	if err != nil {
		return Result{}, err
	}
	id := oauth.NewGrantID(oauth.ShardFor(subject, r.Server.Shards))
	secret := oauth.NewToken(oauth.PersonalToken, id)
	now := time.Now()
	g := oauth.Grant{
		ID:       id,
		Subject:  subject,
		Name:     subject[strings.Index(subject, ":")+1:],
		ClientID: "personal-access-token",
		Client:   n.Label,
		Issuer:   n.URL,
		Resource: n.URL,
		Scopes:   n.Scopes,
		Created:  now,
		Expires:  n.Expires,
		Label:    n.Label,
	}
	g.AddAccess(oauth.AccessState{Hash: oauth.HashToken(secret), Scopes: n.Scopes, Expires: g.Expires}, now)
	if err := r.Grants.Insert(ctx, id, g); err != nil {
		return Result{}, err
	}
	return Result{Token: secret, ID: id, Subject: subject, URL: n.URL}, nil
}
