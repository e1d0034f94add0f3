// Package config reads gatehouse.yaml: what the operator decides. It says
// everything that is wrong with the file at once, and fills in the defaults,
// so that the rest of the program gets values and never the file.
//
//	bytes -> Parse (strict, secrets resolved) -> CheckServe -> Config
//
// The settings are the fields of [Config] and of what is in it. What a field's
// tags say of it is what the decoder goes by, and what editors show.
package config

import "time"

// Config is the content of gatehouse.yaml.
type Config struct {
	Name            string   `yaml:"name" about:"What people see on the pages."`
	URLs            []string `yaml:"urls" about:"The public URLs where clients reach the server; each is an issuer of its own."`
	Addr            string   `yaml:"addr" about:"Where to listen, as host:port."`
	Data            string   `yaml:"data" about:"The folder for everything that must last."`
	TLS             TLS      `yaml:"tls" about:"How the server comes to its certificate; nothing behind a proxy."`
	Proxies         []string `yaml:"proxies" about:"Addresses of proxies whose X-Forwarded-For is believed."`
	Login           Login    `yaml:"login" about:"The ways to prove who one is."`
	Clients         []Client `yaml:"clients" about:"OAuth clients that the operator vouches for."`
	RedirectSchemes []string `yaml:"redirect_schemes" about:"Private-use schemes that a client may be sent back to, such as cursor (RFC 8252, section 7.1)."`
	Origins         []string `yaml:"origins" about:"Origins of web pages that may call the endpoint."`
	Registration    *bool    `yaml:"registration" about:"Whether clients may register themselves; they may if nothing is said."`
	Limits          Limits   `yaml:"limits" about:"What one caller may cost."`
	Tokens          Tokens   `yaml:"tokens" about:"How long tokens live."`
	Audit           Audit    `yaml:"audit" about:"Where the record of calls goes."`
	Log             Log      `yaml:"log" about:"How the log is written."`
	Memory          Size     `yaml:"memory" about:"Soft limit of the memory of the process."`

	// Backends are all of them, wherever they stood in the file.
	Backends   map[string]Backend `yaml:"backends" about:"The MCP servers behind this one, by name, and settings of those that are built in."`
	MCPServers map[string]Backend `yaml:"mcpServers" about:"The same as backends, as Claude Desktop, Cursor and others write it."`
	Servers    map[string]Backend `yaml:"servers" about:"The same as backends, as VS Code writes it."`
	Inputs     []Input            `yaml:"inputs" about:"What VS Code would ask a person for. Nothing here."`

	lines map[string]int // of the settings in the file, by path
	notes []error
	files []string
}

// TLS says how the host comes to its certificate.
type TLS struct {
	Cert string `yaml:"cert" about:"File with the certificate, and those that lead to it. Read again when it changes."`
	Key  string `yaml:"key" about:"File with the key of the certificate."`
	ACME *ACME  `yaml:"acme" about:"Get certificates by itself (RFC 8555)."`
}

// ACME gets certificates by itself (RFC 8555).
type ACME struct {
	Email     string `yaml:"email" about:"Where the authority reaches the operator."`
	Directory string `yaml:"directory" about:"The authority; Let's Encrypt if empty."`
}

// Login lists the ways to prove who one is.
type Login struct {
	Password bool    `yaml:"password" about:"Accounts that gatehouse user add makes."`
	OIDC     []OIDC  `yaml:"oidc" about:"OpenID Connect providers."`
	GitHub   *GitHub `yaml:"github" about:"Login with an OAuth app at GitHub."`
}

// OIDC is an OpenID Connect provider.
type OIDC struct {
	ID           string   `yaml:"id" about:"In addresses, and in the names of people; never to be changed."`
	Name         string   `yaml:"name" about:"On the button."`
	Issuer       string   `yaml:"issuer" about:"The provider's URL."`
	ClientID     string   `yaml:"client_id" about:"What the provider calls this server."`
	ClientSecret Secret   `yaml:"client_secret" about:"What proves it to the provider; write ${env:NAME} or ${file:PATH}."`
	Scopes       []string `yaml:"scopes" about:"What to ask of the provider; profile and email if nothing is said."`
	Emails       []string `yaml:"emails" about:"Who may log in. Without emails, domains and groups: everybody whom the provider knows."`
	Domains      []string `yaml:"domains" about:"Domains of verified email addresses that may log in."`
	Groups       []string `yaml:"groups" about:"Groups at the provider that may log in."`
}

// GitHub is login with an OAuth app at GitHub.
type GitHub struct {
	ClientID     string   `yaml:"client_id" about:"Of the OAuth app."`
	ClientSecret Secret   `yaml:"client_secret" about:"Of the OAuth app; write ${env:NAME} or ${file:PATH}."`
	Users        []string `yaml:"users" about:"Who may log in."`
	Orgs         []string `yaml:"orgs" about:"Organizations whose members may log in."`
	URL          string   `yaml:"url" about:"Of an Enterprise Server."`
	API          string   `yaml:"api" about:"Of the API of an Enterprise Server."`
}

// Client is an OAuth client that the operator configured.
type Client struct {
	ID           string   `yaml:"id" about:"The client_id."`
	Name         string   `yaml:"name" about:"What people see when they consent."`
	RedirectURIs []string `yaml:"redirect_uris" about:"Where people may be sent back to."`
	Grants       []string `yaml:"grants" about:"Of authorization_code, refresh_token and client_credentials; the first two if nothing is said."`
	Auth         string   `yaml:"auth" oneof:"none client_secret_basic client_secret_post private_key_jwt" about:"How the client authenticates."`
	Secret       Secret   `yaml:"secret" about:"What a client with a secret authenticates with; write ${env:NAME} or ${file:PATH}."`
	JWKSURI      string   `yaml:"jwks_uri" about:"Where the keys of the client are, for private_key_jwt."`
	JWKS         string   `yaml:"jwks" about:"The keys themselves, as JSON text."`
	Scopes       []string `yaml:"scopes" about:"What it may ask for."`
}

// Limits bound what one caller can cost.
type Limits struct {
	Body          Size `yaml:"body" about:"Bytes of one request."`
	Headers       Size `yaml:"headers" about:"Bytes of the headers of one request."`
	Depth         int  `yaml:"depth" about:"How deep JSON may be nested."`
	Batch         int  `yaml:"batch" about:"Messages in one request, of clients that send several."`
	Sessions      int  `yaml:"sessions" about:"Sessions of clients up to 2025-11-25, per person."`
	Streams       int  `yaml:"streams" about:"Open streams, per person."`
	Registrations int  `yaml:"registrations" about:"Registrations of clients, per address and hour."`
}

// Tokens says how long they live.
type Tokens struct {
	Access      Duration `yaml:"access" about:"How long an access token lives."`
	RefreshIdle Duration `yaml:"refresh_idle" about:"How long a refresh token lives unless it is used."`
	Grant       Duration `yaml:"grant" about:"How long a consent is good, however active: then the person is asked again."`
}

// Audit says where the record of calls goes.
type Audit struct {
	File string `yaml:"file" about:"In the data folder if relative."`
	Size Size   `yaml:"size" about:"Of one file, before the next begins."`
	Keep int    `yaml:"keep" about:"How many files to keep."`
}

// Log says how the log is written.
type Log struct {
	Format string `yaml:"format" oneof:"text json" about:"For people or for programs."`
	Level  string `yaml:"level" oneof:"debug info warn error" about:"What is written, and all that is worse."`
}

// Input is what VS Code asks a person for.
type Input struct {
	ID          string   `yaml:"id"`
	Type        string   `yaml:"type"`
	Description string   `yaml:"description"`
	Default     string   `yaml:"default"`
	Password    bool     `yaml:"password"`
	Options     []string `yaml:"options"`
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
