// Package github lets GitHub say who the person is.
//
//	Start  -> GitHub's login
//	Finish -> code -> token -> /user, memberships -> the list -> Person
//
// The token is used for those questions and then forgotten.
package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
)

// Config is an OAuth app at GitHub, or at an Enterprise Server of one's own.
type Config struct {
	ClientID     string
	ClientSecret string
	Users        []string // who may log in, by login name
	Orgs         []string // and the members of which organizations; none of both is everybody
	URL          string   // "" is https://github.com
	API          string   // "" is https://api.github.com
	HTTP         *http.Client
}

const (
	timeout   = 10 * time.Second
	maxAnswer = 1 << 20
)

// New returns the login at GitHub. It does not call it yet.
func New(c Config) login.Provider {
	if c.URL == "" {
		c.URL = "https://github.com"
	}
	if c.API == "" {
		c.API = "https://api.github.com"
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: timeout}
	}
	return login.Provider{ID: "github", Label: "GitHub", Away: away{c}}
}

type away struct{ Config }

// Start returns the URL of GitHub's login.
func (a away) Start(_ context.Context, trip login.Trip) (string, error) {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(trip.Verifier)}
	if trip.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account")) // the only one it has
	}
	return a.client(trip).AuthCodeURL(trip.State, options...), nil
}

// Finish redeems the code that the browser came back with, and asks who it
// belongs to.
func (a away) Finish(ctx context.Context, trip login.Trip, query url.Values) (login.Person, error) {
	if query.Get("error") != "" {
		return login.Person{}, fault.New(fault.Denied, "GitHub did not log you in. Try again, or log in another way.")
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.HTTP)
	token, err := a.client(trip).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(trip.Verifier))
	if err != nil {
		return login.Person{}, failed(err)
	}
	api := caller{base: a.API, http: a.HTTP, token: token.AccessToken}
	var user user
	if _, err := api.get(ctx, "/user", &user); err != nil {
		return login.Person{}, failed(err)
	}
	if user.ID == 0 {
		return login.Person{}, failed(errors.New("user without an id"))
	}
	admitted, err := a.admits(ctx, api, user)
	if err != nil {
		return login.Person{}, failed(err)
	}
	if !admitted {
		return login.Person{}, fault.New(fault.Denied, "Your GitHub account may not log in here. Use another account, or ask the operator for access.")
	}
	return login.Person{Subject: "github:" + strconv.FormatInt(user.ID, 10), Name: user.name()}, nil
}

func (a away) client(trip login.Trip) *oauth2.Config {
	config := &oauth2.Config{
		ClientID:     a.ClientID,
		ClientSecret: a.ClientSecret,
		RedirectURL:  trip.Callback,
		Endpoint: oauth2.Endpoint{
			AuthURL:   a.URL + "/login/oauth/authorize",
			TokenURL:  a.URL + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	if len(a.Orgs) > 0 {
		config.Scopes = []string{"read:org"}
	}
	return config
}

// user is somebody at GitHub. The id stays when the login name changes hands.
type user struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
}

func (u user) name() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Login
}

func (a away) admits(ctx context.Context, api caller, u user) (bool, error) {
	if len(a.Users)+len(a.Orgs) == 0 {
		return true, nil
	}
	if slices.ContainsFunc(a.Users, func(name string) bool { return strings.EqualFold(name, u.Login) }) {
		return true, nil
	}
	for _, org := range a.Orgs {
		var membership struct {
			State string `json:"state"`
		}
		found, err := api.get(ctx, "/user/memberships/orgs/"+url.PathEscape(org), &membership)
		if err != nil {
			return false, err
		}
		if found && membership.State == "active" {
			return true, nil
		}
	}
	return false, nil
}

// caller asks GitHub's API in the person's name.
type caller struct {
	base  string
	http  *http.Client
	token string
}

// get reads an answer into v. It is false if there is nothing, or nothing for
// this person to see.
func (c caller) get(ctx context.Context, path string, v any) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", "application/vnd.github+json")
	r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	res, err := c.http.Do(r)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusForbidden:
		return false, nil
	default:
		return false, fmt.Errorf("GET %s: %s", path, res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(body, v)
}

// failed is a login that broke off between us and GitHub.
func failed(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fault.Wrap(err, fault.Unavailable, "GitHub cannot be reached at the moment. Try again, or log in another way.")
	}
	return fault.Wrap(err, fault.Denied, "The login at GitHub did not work. Try again; if it fails again, tell the operator.")
}
