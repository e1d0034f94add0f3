package config

import "reflect"

// Backend is an MCP server behind this one: one elsewhere that has a URL, or
// one that is a child process and has a command. With neither it is settings
// for a backend that is built in.
type Backend struct {
	Disabled    bool   `yaml:"disabled" about:"Leave this backend out."`
	Description string `yaml:"description" about:"What a person allows who consents to its scope, in a sentence."`

	// A server elsewhere.
	URL     Secret            `yaml:"url" about:"Where the server is. Its revision and transport are found by asking."`
	Type    string            `yaml:"type" oneof:"stdio http sse streamable-http streamableHttp streamable_http auto" about:"How a server elsewhere is spoken to: sse or streamable-http. With any other word, or none, it is asked."`
	Headers map[string]Secret `yaml:"headers" about:"Sent with every request; write secrets as ${env:NAME} or ${file:PATH}."`
	Auth    *Auth             `yaml:"auth" about:"What proves this server to the backend. Tokens of people are never passed on."`

	// A child process.
	Command    string            `yaml:"command" about:"The program of a server that is a child process."`
	Args       []Secret          `yaml:"args" about:"Its arguments."`
	Env        map[string]Secret `yaml:"env" about:"Its environment; write secrets as ${env:NAME} or ${file:PATH}."`
	InheritEnv []string          `yaml:"inherit_env" about:"The variables that it inherits; PATH, HOME and a few more if nothing is said."`
	Cwd        string            `yaml:"cwd" about:"The folder that it runs in."`
	Scope      string            `yaml:"scope" oneof:"shared person" about:"Whether all share one process, or each person has one."`
	Idle       Duration          `yaml:"idle" about:"After how long without use a process is stopped."`
	Processes  int               `yaml:"processes" about:"How many processes there may be at once, where each person has one."`
	Memory     Size              `yaml:"memory" about:"How much memory one process may have."`

	// Any server.
	Prefix      *string   `yaml:"prefix" about:"What goes before the names of its tools and prompts; the backend's name and _ if nothing is said."`
	Scopes      []string  `yaml:"scopes" about:"What a caller needs; one scope that is called like the backend if nothing is said, none for []."`
	Tools       Selection `yaml:"tools" about:"Which tools are shown, and how."`
	Prompts     Selection `yaml:"prompts" about:"Which prompts are shown, and how."`
	Resources   Selection `yaml:"resources" about:"Which resources and templates are shown, and how, by their URIs."`
	Timeout     Duration  `yaml:"timeout" about:"How long a call may take without a sign of life."`
	MaxTime     Duration  `yaml:"max_time" about:"How long a call may take in all, whatever it reports."`
	Concurrency int       `yaml:"concurrency" about:"How many calls it gets at once."`
	Queue       int       `yaml:"queue" about:"How many calls wait for their turn."`
	Pin         bool      `yaml:"pin" about:"Withhold a tool whose definition has changed, until gatehouse backends accept."`

	path string // in the file
}

// Auth proves this server to a backend, in one of three ways.
type Auth struct {
	Bearer Secret  `yaml:"bearer" about:"A token."`
	Basic  *Basic  `yaml:"basic" about:"A name and a password."`
	Header *Header `yaml:"header" about:"An API key in a header of its own."`
}

// Basic is a name and a password (RFC 7617).
type Basic struct {
	User     string `yaml:"user" about:"The name."`
	Password Secret `yaml:"password" about:"The password; write ${env:NAME} or ${file:PATH}."`
}

// Header is a header of a request.
type Header struct {
	Name  string `yaml:"name" about:"Of the header, such as X-API-Key."`
	Value Secret `yaml:"value" about:"The key; write ${env:NAME} or ${file:PATH}."`
}

// Selection says which entries of a list are shown, and how.
type Selection struct {
	Include  []string            `yaml:"include" about:"Patterns of what is shown, such as get_*; all if empty."`
	Exclude  []string            `yaml:"exclude" about:"Patterns of what is not shown."`
	Override map[string]Override `yaml:"override" about:"What clients see instead, by the backend's own name."`
}

// Override changes what clients see of an entry.
type Override struct {
	Name        string       `yaml:"name" about:"The whole name, without a prefix."`
	Title       string       `yaml:"title" about:"The name for people."`
	Description string       `yaml:"description" about:"What the model reads."`
	Annotations *Annotations `yaml:"annotations" about:"What the client may make of it."`
}

// Annotations are hints for clients. They replace those of the entry one by
// one.
type Annotations struct {
	Title           string   `yaml:"title" json:"title,omitzero" about:"The name for people, of tools."`
	ReadOnlyHint    *bool    `yaml:"readOnlyHint" json:"readOnlyHint,omitzero" about:"The tool changes nothing."`
	DestructiveHint *bool    `yaml:"destructiveHint" json:"destructiveHint,omitzero" about:"The tool may destroy something."`
	IdempotentHint  *bool    `yaml:"idempotentHint" json:"idempotentHint,omitzero" about:"To call the tool twice does no more than once."`
	OpenWorldHint   *bool    `yaml:"openWorldHint" json:"openWorldHint,omitzero" about:"The tool reaches out to the world."`
	Audience        []string `yaml:"audience" json:"audience,omitzero" about:"Whom a resource is for: user, assistant."`
	Priority        *float64 `yaml:"priority" json:"priority,omitzero" about:"How important a resource is, from 0 to 1."`
}

// Remote reports whether the server is elsewhere.
func (b Backend) Remote() bool { return b.URL != "" }

// Child reports whether the server is a child process.
func (b Backend) Child() bool { return b.Command != "" }

// Own reports whether these are settings of a backend that is built in.
func (b Backend) Own() bool { return !b.Remote() && !b.Child() }

// Same reports whether two say the same, so that what was made of one need not
// be made again of the other.
func (b Backend) Same(as Backend) bool {
	b.path = as.path
	return reflect.DeepEqual(b, as)
}

// Path is where the backend stands in the file, for faults.
func (b Backend) Path() string { return b.path }

// Server returns what of the backend says which server it is. The rest may
// change while the server runs.
func (b Backend) Server() Backend {
	return Backend{
		URL: b.URL, Type: b.Type, Headers: b.Headers, Auth: b.Auth,
		Command: b.Command, Args: b.Args, Env: b.Env, InheritEnv: b.InheritEnv, Cwd: b.Cwd,
		Scope: b.Scope, Idle: b.Idle, Processes: b.Processes, Memory: b.Memory,
	}
}
