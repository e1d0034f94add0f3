// Package register lets clients register themselves (RFC 7591). Nobody vouches
// for what they say; the consent page tells people so.
//
//	POST /register -> metadata -> clients.Rules -> clients.Registry
//
// What is answered is what is enforced, and nothing else that was sent.
package register

import (
	"context"
	"crypto/rand"
	"mime"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
)

// maxBody bounds a registration.
const maxBody = 16 << 10

// SecretPrefix is how secret scanners know a client's secret.
const SecretPrefix = "gth_cs_"

// AuthMethods are those that a client may register with. One that says nothing
// means the first (RFC 7591, section 2).
var AuthMethods = []string{oauth.AuthBasic, oauth.AuthPost, oauth.AuthNone, oauth.AuthPrivateKeyJWT}

// Registry keeps what is registered.
type Registry interface {
	// Add sets the client's times and keeps it.
	Add(ctx context.Context, c *oauth.Client) error
}

// Handler serves /register. All it needs is in its fields.
type Handler struct {
	Registry       Registry
	PrivateSchemes []string // of redirect URIs, besides https and loopback http
	// PerAddress counts registrations by address. See [NewPerAddress].
	PerAddress *oauth.Rate
}

// NewPerAddress allows n registrations an hour; 0 is no limit.
func NewPerAddress(n int, now func() time.Time) *oauth.Rate {
	return &oauth.Rate{Max: n, Window: time.Hour, Now: now}
}

// information is the answer to a registration (RFC 7591, section 3.2.1).
type information struct {
	ClientID         string `json:"client_id"`
	IssuedAt         int64  `json:"client_id_issued_at"`
	Secret           string `json:"client_secret,omitempty"`
	SecretExpires    *int64 `json:"client_secret_expires_at,omitempty"`
	clients.Metadata `json:",inline"`
}

// Serve answers POST /register. It is an [httpx.Handler] for [oauth.Render].
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) error {
	// 1. The method.
	if oauth.Preflight(w, r, http.MethodPost) {
		return nil
	}

	// 2. The rate, before anything is read.
	if !h.PerAddress.Allow(httpx.Address(r)) {
		w.Header().Set("Retry-After", "3600")
		return fault.New(fault.TooMany, "Too many registrations from this address. Try again in an hour.")
	}

	// 3. The metadata.
	m, err := readMetadata(w, r)
	if err != nil {
		return err
	}
	c, err := m.Client(clients.Rules{AuthMethods: AuthMethods, PrivateSchemes: h.PrivateSchemes})
	if err != nil {
		return err
	}

	// 4. A fresh id, and a secret for a client that authenticates by one.
	c.ID = "gth_ci_" + rand.Text()
	if c.Name == "" {
		c.Name = "A client without a name"
	}
	var secret string
	if c.AuthMethod == oauth.AuthBasic || c.AuthMethod == oauth.AuthPost {
		secret = SecretPrefix + rand.Text() + rand.Text()
		c.SecretHash = oauth.HashToken(secret)
	}

	// 5. Keep it, and say what was kept.
	if err := h.Registry.Add(r.Context(), &c); err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusCreated, describe(c, secret))
}

func readMetadata(w http.ResponseWriter, r *http.Request) (clients.Metadata, error) {
	var m clients.Metadata
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return m, oauth.Fail(oauth.InvalidClientMetadata, "The Content-Type must be application/json.")
	}
	body, err := httpx.ReadBody(w, r, maxBody)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, &oauth.Error{
			Code:        oauth.InvalidClientMetadata,
			Description: "The body is not a JSON object of client metadata: a member has the wrong type or comes twice.",
			Err:         err,
		}
	}
	return m, nil
}

func describe(c oauth.Client, secret string) information {
	info := information{
		ClientID: c.ID,
		IssuedAt: c.Created.Unix(),
		Secret:   secret,
		Metadata: clients.Metadata{
			ClientName:      c.Name,
			ClientURI:       c.URI,
			RedirectURIs:    c.RedirectURIs,
			GrantTypes:      c.GrantTypes,
			ResponseTypes:   []string{"code"},
			AuthMethod:      c.AuthMethod,
			ApplicationType: c.ApplicationType,
			JWKS:            c.JWKS,
			JWKSURI:         c.JWKSURI,
		},
	}
	if secret != "" {
		info.SecretExpires = new(int64(0)) // never, while the client is in use
	}
	return info
}
