// Package discovery serves the documents by which a client finds its way: what
// an endpoint is and who guards it (RFC 9728), and how that authorization
// server works (RFC 8414, and the same under the names of OpenID Connect,
// where some clients look).
//
//	/.well-known/oauth-protected-resource/mcp -> authorization_servers
//	/.well-known/oauth-authorization-server   -> authorize, token, register …
//
// The documents are bytes, made once from the configuration. Nothing in them
// comes from a request: a forged Host header changes nothing.
package discovery

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// Config is what the documents of one issuer say.
type Config struct {
	Issuer string // without a slash at its end
	Name   string // of the resources, for people
	// Resources are the paths of the endpoints below the issuer, such as
	// "/mcp"; the empty path is the issuer itself, which covers them all.
	Resources []string
	Scopes    []string // of the resources: what a client should ask for
	// AllScopes are those that the server knows, offline_access among them.
	AllScopes         []string
	GrantTypes        []string
	AuthMethods       []string // at the token endpoint
	SigningAlgorithms []string // of client assertions; empty without private_key_jwt
	Registration      bool     // clients may register (RFC 7591)
	Documents         bool     // a client id may be the URL of a document (CIMD)
	DocumentationURL  string   // may be empty
}

// Handler serves the documents of one issuer, at the paths of [Handler.Paths].
type Handler struct {
	documents map[string][]byte
}

// New makes the documents. It fails if the issuer is not a URL that can be one
// (RFC 8414, section 2).
func New(c Config) (*Handler, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(c.Issuer, "/") {
		return nil, fmt.Errorf("issuer %q: not a URL without query, fragment and slash at its end", c.Issuer)
	}
	h := &Handler{documents: make(map[string][]byte)}
	var errs []error
	add := func(v any, paths ...string) {
		text, err := json.Marshal(v)
		errs = append(errs, err)
		for _, p := range paths {
			h.documents[p] = text
		}
	}
	for _, path := range c.Resources {
		add(c.resource(path), "/.well-known/oauth-protected-resource"+u.Path+path)
	}
	// Clients of an issuer with a path look where the standard puts it, and
	// where OpenID Connect does.
	add(c.server(),
		"/.well-known/oauth-authorization-server"+u.Path,
		"/.well-known/openid-configuration"+u.Path,
		u.Path+"/.well-known/openid-configuration")
	return h, errors.Join(errs...)
}

// Paths lists where documents are.
func (h *Handler) Paths() []string {
	var paths []string
	for p := range h.documents {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Serve answers with a document. Of any other path it says at once that there
// is none: clients try several, one after the other. It is an [httpx.Handler]
// for [oauth.Render].
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) error {
	if oauth.Preflight(w, r, http.MethodGet, http.MethodHead) {
		return nil
	}
	text, ok := h.documents[r.URL.Path]
	if !ok {
		return fault.New(fault.NotFound, "There is no such document.")
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	return httpx.WriteRaw(w, http.StatusOK, text)
}

// resource is the metadata of a protected resource (RFC 9728, section 2).
type resource struct {
	Resource      string   `json:"resource"`
	Name          string   `json:"resource_name,omitempty"`
	Servers       []string `json:"authorization_servers"`
	Methods       []string `json:"bearer_methods_supported"`
	Scopes        []string `json:"scopes_supported,omitempty"`
	Documentation string   `json:"resource_documentation,omitempty"`
}

func (c Config) resource(path string) resource {
	return resource{
		Resource: c.Issuer + path,
		Name:     c.Name,
		Servers:  []string{c.Issuer},
		Methods:  []string{"header"},
		// A resource has no offline access to give: that is between the
		// client and the authorization server.
		Scopes:        slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == oauth.OfflineAccess }),
		Documentation: c.DocumentationURL,
	}
}

// MetadataURL is where the metadata of a resource of an issuer is, for the
// challenge of its guard.
func MetadataURL(issuer, path string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/.well-known/oauth-protected-resource" + u.Path + path
}

// server is the metadata of an authorization server (RFC 8414, section 2).
type server struct {
	Issuer               string   `json:"issuer"`
	Authorization        string   `json:"authorization_endpoint"`
	Token                string   `json:"token_endpoint"`
	Registration         string   `json:"registration_endpoint,omitempty"`
	Revocation           string   `json:"revocation_endpoint"`
	Introspection        string   `json:"introspection_endpoint"`
	Scopes               []string `json:"scopes_supported"`
	ResponseTypes        []string `json:"response_types_supported"`
	ResponseModes        []string `json:"response_modes_supported"`
	GrantTypes           []string `json:"grant_types_supported"`
	AuthMethods          []string `json:"token_endpoint_auth_methods_supported"`
	SigningAlgorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	RevocationMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgorithms []string `json:"revocation_endpoint_auth_signing_alg_values_supported,omitempty"`
	IntrospectMethods    []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectAlgorithms []string `json:"introspection_endpoint_auth_signing_alg_values_supported,omitempty"`
	ChallengeMethods     []string `json:"code_challenge_methods_supported"`
	ResponseIssuer       bool     `json:"authorization_response_iss_parameter_supported"`
	ClientDocuments      bool     `json:"client_id_metadata_document_supported,omitzero"`
	Resources            []string `json:"protected_resources"`
	ServiceDocumentation string   `json:"service_documentation,omitempty"`
}

func (c Config) server() server {
	s := server{
		Issuer:        c.Issuer,
		Authorization: c.Issuer + "/authorize",
		Token:         c.Issuer + "/token",
		Revocation:    c.Issuer + "/revoke",
		Introspection: c.Issuer + "/introspect",

		Scopes:        c.AllScopes,
		ResponseTypes: []string{"code"},
		ResponseModes: []string{"query"},
		GrantTypes:    c.GrantTypes,

		AuthMethods:          c.AuthMethods,
		SigningAlgorithms:    c.SigningAlgorithms,
		RevocationMethods:    c.AuthMethods,
		RevocationAlgorithms: c.SigningAlgorithms,
		IntrospectMethods:    slices.DeleteFunc(slices.Clone(c.AuthMethods), func(m string) bool { return m == oauth.AuthNone }),
		IntrospectAlgorithms: c.SigningAlgorithms,
		ChallengeMethods:     []string{"S256"},

		ResponseIssuer:       true,
		ClientDocuments:      c.Documents,
		ServiceDocumentation: c.DocumentationURL,
	}
	for _, path := range c.Resources {
		s.Resources = append(s.Resources, c.Issuer+path)
	}
	if c.Registration {
		s.Registration = c.Issuer + "/register"
	}
	return s
}
