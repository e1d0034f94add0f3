package clients

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/oauth"
)

const (
	maxRedirects = 10
	maxName      = 80 // characters
)

// Metadata is what a client says about itself, when it registers (RFC 7591,
// section 2) or in its document. Members that change nothing here are left
// out.
type Metadata struct {
	ClientID        string         `json:"client_id,omitempty"`
	ClientName      string         `json:"client_name,omitempty"`
	ClientURI       string         `json:"client_uri,omitempty"`
	LogoURI         string         `json:"logo_uri,omitempty"`
	PolicyURI       string         `json:"policy_uri,omitempty"`
	TermsURI        string         `json:"tos_uri,omitempty"`
	RedirectURIs    []string       `json:"redirect_uris"`
	GrantTypes      []string       `json:"grant_types"`
	ResponseTypes   []string       `json:"response_types"`
	AuthMethod      string         `json:"token_endpoint_auth_method"`
	ApplicationType string         `json:"application_type,omitempty"`
	Scope           string         `json:"scope,omitempty"`
	JWKS            jsontext.Value `json:"jwks,omitempty"`
	JWKSURI         string         `json:"jwks_uri,omitempty"`
}

// Rules are what a client may say.
type Rules struct {
	AuthMethods    []string // the first is meant by saying nothing
	PrivateSchemes []string // of redirect URIs, besides https and loopback http
}

// grantTypes are those that a client may ask for itself. Client credentials
// are for clients that the operator configured.
var grantTypes = []string{oauth.GrantCode, oauth.GrantRefresh}

// Client makes a client of the metadata, or says with an [*oauth.Error] what
// is wrong with it. The caller gives it its id and origin.
func (m *Metadata) Client(rules Rules) (oauth.Client, error) {
	c := oauth.Client{
		Name:            CleanName(m.ClientName),
		URI:             m.ClientURI,
		RedirectURIs:    m.RedirectURIs,
		GrantTypes:      m.GrantTypes,
		AuthMethod:      m.AuthMethod,
		JWKS:            m.JWKS,
		JWKSURI:         m.JWKSURI,
		ApplicationType: m.ApplicationType,
	}
	if c.AuthMethod == "" {
		c.AuthMethod = rules.AuthMethods[0]
	}
	if len(c.GrantTypes) == 0 {
		c.GrantTypes = []string{oauth.GrantCode}
	}
	for _, check := range []func() error{
		func() error { return checkRedirects(c.RedirectURIs, rules.PrivateSchemes) },
		func() error { return m.checkWords() },
		func() error { return checkTypes(c.GrantTypes, m.ResponseTypes) },
		func() error { return checkMethod(c, rules.AuthMethods) },
	} {
		if err := check(); err != nil {
			return oauth.Client{}, err
		}
	}
	return c, nil
}

func checkRedirects(uris, privateSchemes []string) error {
	if len(uris) == 0 || len(uris) > maxRedirects {
		return oauth.Fail(oauth.InvalidRedirectURI, "There must be 1 to "+strconv.Itoa(maxRedirects)+" redirect_uris.")
	}
	for _, uri := range uris {
		if err := oauth.CheckRedirect(uri, privateSchemes); err != nil {
			return err
		}
	}
	return nil
}

func (m *Metadata) checkWords() error {
	if utf8.RuneCountInString(m.ClientName) > maxName {
		return invalid("The client_name is longer than " + strconv.Itoa(maxName) + " characters.")
	}
	for name, uri := range map[string]string{
		"client_uri": m.ClientURI, "logo_uri": m.LogoURI, "policy_uri": m.PolicyURI, "tos_uri": m.TermsURI,
	} {
		if uri != "" && !isWebURI(uri) {
			return invalid("The " + name + " must be an http or https URL.")
		}
	}
	if !slices.Contains([]string{"", "web", "native"}, m.ApplicationType) {
		return invalid("The application_type must be web or native.")
	}
	if _, err := oauth.ParseScope(m.Scope); err != nil {
		return invalid("The scope is not of the grammar of scopes.")
	}
	return nil
}

func checkTypes(grants, responses []string) error {
	for _, g := range grants {
		if !slices.Contains(grantTypes, g) {
			return invalid("The grant_types may be " + strings.Join(grantTypes, " and ") + ".")
		}
	}
	if !slices.Contains(grants, oauth.GrantCode) {
		return invalid("The grant_types must have " + oauth.GrantCode + ".")
	}
	for _, r := range responses {
		if r != "code" {
			return invalid("The response_types may be code.")
		}
	}
	return nil
}

func checkMethod(c oauth.Client, allowed []string) error {
	hasKeys := len(c.JWKS) > 0
	switch {
	case !slices.Contains(allowed, c.AuthMethod):
		return invalid("The token_endpoint_auth_method may be " + strings.Join(allowed, ", ") + ".")
	case hasKeys && c.JWKSURI != "":
		return invalid("There may be jwks or jwks_uri, not both.")
	case c.AuthMethod == oauth.AuthPrivateKeyJWT && !hasKeys && c.JWKSURI == "":
		return invalid("With private_key_jwt there must be jwks or jwks_uri.")
	case c.JWKSURI != "" && oauth.CheckRedirect(c.JWKSURI, nil) != nil:
		return invalid("The jwks_uri must be an https URL.")
	}
	if hasKeys {
		_, err := parseKeys(c.JWKS)
		return err
	}
	return nil
}

func isWebURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 2048
}

// CleanName takes out of a name what could make it look like something else on
// a page: control characters, and those that turn the direction of text.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(name), " ")
}

func invalid(why string) *oauth.Error { return oauth.Fail(oauth.InvalidClientMetadata, why) }
