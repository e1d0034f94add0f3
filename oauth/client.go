package oauth

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Origin is how a client became known.
type Origin string

// The origins of clients.
const (
	Configured Origin = "configured" // by the operator
	Registered Origin = "registered" // by itself (RFC 7591): nobody vouches for it
	Document   Origin = "document"   // its id is the URL of its metadata (CIMD)
)

// Client authentication methods (RFC 7591, section 2; RFC 7523).
const (
	AuthNone          = "none"
	AuthBasic         = "client_secret_basic"
	AuthPost          = "client_secret_post"
	AuthPrivateKeyJWT = "private_key_jwt"
)

// Grant types.
const (
	GrantCode              = "authorization_code"
	GrantRefresh           = "refresh_token"
	GrantClientCredentials = "client_credentials"
)

// Client is an OAuth client.
type Client struct {
	ID              string         `json:"id"`
	Origin          Origin         `json:"origin"`
	Name            string         `json:"name"`
	URI             string         `json:"uri,omitempty"`
	RedirectURIs    []string       `json:"redirectUris,omitempty"`
	GrantTypes      []string       `json:"grantTypes"`
	AuthMethod      string         `json:"authMethod"`
	SecretHash      Hash           `json:"secretHash,omitzero"`
	JWKS            jsontext.Value `json:"jwks,omitempty"`
	JWKSURI         string         `json:"jwksUri,omitempty"`
	Scopes          []string       `json:"scopes,omitempty"` // the most it can get; empty is no limit
	ApplicationType string         `json:"applicationType,omitempty"`
	Created         time.Time      `json:"created,omitzero"`
	Expires         time.Time      `json:"expires,omitzero"` // unless it is used before; zero is never
}

// Public reports whether the client has no way to authenticate.
func (c *Client) Public() bool { return c.AuthMethod == AuthNone }

// May reports whether the client registered for the grant type.
func (c *Client) May(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }
