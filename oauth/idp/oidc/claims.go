package oidc

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Allow says who may log in. A person needs to be on one of its lists; if all
// are empty, everybody whom the provider knows may.
type Allow struct {
	Emails  []string
	Domains []string // of email addresses
	Groups  []string

	GroupsClaim string // where the provider puts groups; "" is "groups"

	// TrustEmails takes addresses that the provider does not call verified.
	// Set it only for a provider where people cannot choose their address.
	TrustEmails bool
}

// claims is what an ID token says of a person.
type claims struct {
	Subject       string `json:"sub"`
	Name          string `json:"name"`
	Username      string `json:"preferred_username"`
	Email         string `json:"email"`
	EmailVerified any    `json:"email_verified"` // some providers send "true"

	groups []string
}

func parseClaims(payload jsontext.Value, groupsClaim string) (claims, error) {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, err
	}
	var all map[string]jsontext.Value
	if err := json.Unmarshal(payload, &all); err != nil {
		return c, err
	}
	if groupsClaim == "" {
		groupsClaim = "groups"
	}
	if raw, ok := all[groupsClaim]; ok {
		c.groups = parseGroups(raw)
	}
	return c, nil
}

// parseGroups reads a list of names, or one name. Anything else is no groups:
// nobody gets in by a claim that we cannot read.
func parseGroups(raw jsontext.Value) []string {
	var groups []string
	if json.Unmarshal(raw, &groups) == nil {
		return groups
	}
	var group string
	if json.Unmarshal(raw, &group) == nil {
		return []string{group}
	}
	return nil
}

// displayName is the best name that there is.
func (c claims) displayName() string {
	for _, name := range []string{c.Name, c.Username, c.Email} {
		if name != "" {
			return name
		}
	}
	return c.Subject
}

func (a Allow) admits(c claims) bool {
	if len(a.Emails)+len(a.Domains)+len(a.Groups) == 0 {
		return true
	}
	if slices.ContainsFunc(a.Groups, func(g string) bool { return slices.Contains(c.groups, g) }) {
		return true
	}
	verified := c.EmailVerified == true || c.EmailVerified == "true"
	if c.Email == "" || (!verified && !a.TrustEmails) {
		return false
	}
	domain := c.Email[strings.LastIndexByte(c.Email, '@')+1:]
	return containsFold(a.Emails, c.Email) || containsFold(a.Domains, domain)
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, s) })
}
