// Package config reads gatehouse.yaml: what the operator decides. It says
// everything that is wrong with the file at once, and fills in the defaults,
// so that the rest of the program gets values and never the file.
//
//	bytes -> Parse (strict, secrets resolved) -> Check -> Config
package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Config is the content of gatehouse.yaml.
type Config struct {
	Name    string   `yaml:"name"`    // what people see on the pages
	URLs    []string `yaml:"urls"`    // the public URLs; each is an issuer of its own
	Addr    string   `yaml:"addr"`    // where to listen
	Data    string   `yaml:"data"`    // the folder for everything that must last
	TLS     TLS      `yaml:"tls"`     // none behind a proxy
	Proxies []string `yaml:"proxies"` // addresses of proxies whose X-Forwarded-For is believed
	Login   Login    `yaml:"login"`
	Clients []Client `yaml:"clients"` // OAuth clients that the operator vouches for
	// RedirectSchemes are the private-use schemes that a client may be sent
	// back to, such as cursor (RFC 8252, section 7.1).
	RedirectSchemes []string `yaml:"redirect_schemes"`
	Origins         []string `yaml:"origins"` // of web pages that may call the endpoint
	Registration    *bool    `yaml:"registration"`
	Limits          Limits   `yaml:"limits"`
	Tokens          Tokens   `yaml:"tokens"`
	Audit           Audit    `yaml:"audit"`
	Log             Log      `yaml:"log"`
	Memory          Size     `yaml:"memory"` // soft limit of the process
}

// TLS says how the host comes to its certificate.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	ACME *ACME  `yaml:"acme"`
}

// ACME gets certificates by itself (RFC 8555).
type ACME struct {
	Email     string `yaml:"email"`
	Directory string `yaml:"directory"` // the CA; Let's Encrypt if empty
}

// Login lists the ways to prove who one is.
type Login struct {
	Password bool    `yaml:"password"` // accounts of gatehouse user add
	OIDC     []OIDC  `yaml:"oidc"`
	GitHub   *GitHub `yaml:"github"`
}

// OIDC is an OpenID Connect provider.
type OIDC struct {
	ID           string   `yaml:"id"`   // in addresses, and in the names of people; never to be changed
	Name         string   `yaml:"name"` // on the button
	Issuer       string   `yaml:"issuer"`
	ClientID     string   `yaml:"client_id"`
	ClientSecret Secret   `yaml:"client_secret"`
	Scopes       []string `yaml:"scopes"`
	Emails       []string `yaml:"emails"`  // who may log in; with no list at all, everybody whom the provider knows
	Domains      []string `yaml:"domains"` // of verified email addresses
	Groups       []string `yaml:"groups"`
}

// GitHub is login with an OAuth app at GitHub.
type GitHub struct {
	ClientID     string   `yaml:"client_id"`
	ClientSecret Secret   `yaml:"client_secret"`
	Users        []string `yaml:"users"`
	Orgs         []string `yaml:"orgs"`
	URL          string   `yaml:"url"` // of an Enterprise Server, and of its API
	API          string   `yaml:"api"`
}

// Client is an OAuth client that the operator configured.
type Client struct {
	ID           string   `yaml:"id"`
	Name         string   `yaml:"name"`
	RedirectURIs []string `yaml:"redirect_uris"`
	Grants       []string `yaml:"grants"`
	Auth         string   `yaml:"auth"`
	Secret       Secret   `yaml:"secret"`
	JWKSURI      string   `yaml:"jwks_uri"`
	JWKS         string   `yaml:"jwks"`
	Scopes       []string `yaml:"scopes"`
}

// Limits bound what one caller can cost.
type Limits struct {
	Body          Size `yaml:"body"`          // of one request
	Headers       Size `yaml:"headers"`       // of one request
	Depth         int  `yaml:"depth"`         // of the nesting of JSON
	Batch         int  `yaml:"batch"`         // messages in one request, of clients that send several
	Sessions      int  `yaml:"sessions"`      // legacy sessions, per person
	Streams       int  `yaml:"streams"`       // open streams, per person
	Registrations int  `yaml:"registrations"` // of clients, per address and hour
}

// Tokens says how long they live.
type Tokens struct {
	Access      Duration `yaml:"access"`
	RefreshIdle Duration `yaml:"refresh_idle"` // unless it is used before
	Grant       Duration `yaml:"grant"`        // however active: then the person is asked again
}

// Audit says where the record of calls goes.
type Audit struct {
	File string `yaml:"file"` // in the data folder if relative
	Size Size   `yaml:"size"` // of one file, before the next begins
	Keep int    `yaml:"keep"` // files
}

// Log says how the log is written.
type Log struct {
	Format string `yaml:"format"` // text or json
	Level  string `yaml:"level"`  // debug, info, warn or error
}

// Default is the configuration where the operator says nothing.
func Default() Config {
	return Config{
		Name: "Gatehouse",
		Addr: "127.0.0.1:8787",
		Data: ".gatehouse",
		// The clients that real people have today.
		RedirectSchemes: []string{"cursor", "vscode", "vscode-insiders"},
		Limits:          Limits{Body: 4 << 20, Headers: 32 << 10, Depth: 128, Batch: 32, Sessions: 64, Streams: 32, Registrations: 20},
		Tokens: Tokens{
			Access:      Duration(time.Hour),
			RefreshIdle: Duration(30 * 24 * time.Hour),
			Grant:       Duration(90 * 24 * time.Hour),
		},
		Audit:  Audit{File: "audit.jsonl", Size: 64 << 20, Keep: 8},
		Log:    Log{Format: "text", Level: "info"},
		Memory: 512 << 20,
	}
}

// Load reads the file at path over the defaults.
func Load(path string, getenv func(string) string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data, getenv, os.ReadFile)
	if err != nil {
		return Config{}, fmt.Errorf("%s:\n%w", path, err)
	}
	return c, nil
}

// Parse reads a file's content over the defaults. Names that no setting has
// are an error, and ${env:NAME} and ${file:PATH} are replaced.
func Parse(data []byte, getenv func(string) string, readFile func(string) ([]byte, error)) (Config, error) {
	c := Default()
	if saysNothing(data) {
		return c, nil
	}
	var node yaml.Node
	if err := yaml.Load(data, &node); err != nil {
		return c, err
	}
	r := resolver{getenv: getenv, readFile: readFile}
	r.resolve(&node)
	if err := errors.Join(r.errs...); err != nil {
		return c, err
	}
	return c, node.Load(&c, yaml.WithKnownFields())
}

// saysNothing reports whether a file has no lines but comments.
func saysNothing(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// resolver replaces the references in the strings of a document.
type resolver struct {
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	errs     []error
}

func (r *resolver) resolve(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${") {
		n.Value = r.expand(n.Value, n.Line)
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range n.Content {
		r.resolve(child)
	}
}

func (r *resolver) expand(s string, line int) string {
	before, rest, found := strings.Cut(s, "${")
	if !found {
		return s
	}
	ref, after, closed := strings.Cut(rest, "}")
	kind, name, _ := strings.Cut(ref, ":")
	value := ""
	switch {
	case closed && kind == "env":
		if value = r.getenv(name); value == "" {
			r.fail(line, "the environment has no %s", name)
		}
	case closed && kind == "file":
		data, err := r.readFile(name)
		if err != nil {
			r.fail(line, "%v", err)
		}
		value = strings.TrimRight(string(data), "\r\n")
	default:
		r.fail(line, "${%s} is neither ${env:NAME} nor ${file:PATH}", ref)
		return s
	}
	return before + value + r.expand(after, line)
}

func (r *resolver) fail(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("line %d: "+format, append([]any{line}, args...)...))
}
