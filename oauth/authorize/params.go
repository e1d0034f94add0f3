package authorize

import (
	"net/url"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/web"
)

const (
	maxQuery = 8 << 10
	maxState = 2 << 10
)

// params are the parameters of a request as they came. A parameter without a
// value counts as left out (RFC 6749, section 3.1).
type params url.Values

// parseParams reads a query. It fails with a page: whoever sent this cannot be
// told apart from an attacker yet.
func parseParams(query string) (params, error) {
	if len(query) > maxQuery {
		return nil, refuse("The request of the application is too long.")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, refuse("The request of the application cannot be read.")
	}
	for name, all := range values {
		for _, value := range all {
			if !utf8.ValidString(name) || !utf8.ValidString(value) {
				return nil, refuse("The request of the application is not valid text.")
			}
		}
	}
	return params(values), nil
}

func (p params) get(name string) string { return url.Values(p).Get(name) }

func (p params) has(name string) bool { return p.get(name) != "" }

func (p params) repeated(name string) bool { return len(p[name]) > 1 }

// checkOnce fails if a parameter that this endpoint knows is there twice: two
// readers of such a request could each see another one.
func (p params) checkOnce() error {
	if p.repeated("resource") {
		return oauth.Fail(oauth.InvalidTarget, "Ask for one resource at a time.")
	}
	for name := range p {
		if p.repeated(name) {
			return oauth.Fail(oauth.InvalidRequest, "Each parameter may be sent once.")
		}
	}
	return nil
}

// refuse is the answer on a page of our own: as long as client and redirect
// are not certain, nobody is sent anywhere.
func refuse(what string) error {
	return &web.Problem{
		Kind:    fault.Invalid,
		Heading: "This application cannot connect",
		What:    what,
		Do:      "Connect again from the application. If this page returns, show it to the application's developer.",
	}
}
