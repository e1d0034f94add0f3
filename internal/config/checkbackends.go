package config

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gatehouse/oauth"
)

// CheckBackends returns everything that is wrong with the backends, or nil.
// Whether those without a URL and a command exist is for others to know.
func (c *Config) CheckBackends() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
		b := c.Backends[name]
		k := backendCheck{c: c, b: b}
		k.kind()
		if b.Remote() {
			k.remote()
		}
		if b.Child() {
			k.child()
		}
		k.shown()
		errs = append(errs, k.errs...)
	}
	return Join(errs...)
}

// backendCheck finds what is wrong with one backend.
type backendCheck struct {
	c    *Config
	b    Backend
	errs []error
}

func (k *backendCheck) fail(setting, format string, args ...any) {
	k.errs = append(k.errs, k.c.Fault(join(k.b.path, setting), format, args...))
}

func (k *backendCheck) wrong(is bool, setting, format string, args ...any) {
	if is {
		k.fail(setting, format, args...)
	}
}

// atLeastOne refuses a number below, and a zero that somebody wrote: it would
// be taken for the default.
func (k *backendCheck) atLeastOne(setting string, n int) {
	_, said := k.c.lines[join(k.b.path, setting)]
	k.wrong(n < 0 || n == 0 && said, setting, "at least 1")
}

// kind holds the settings to what the backend is.
func (k *backendCheck) kind() {
	b := k.b
	k.wrong(b.Remote() && b.Child(), "command", "either url, for a server elsewhere, or command, for a child process")
	k.wrong(b.Type == "stdio" && !b.Child(), "type", "stdio is for a child process, which needs a command")
	k.wrong(b.Type != "stdio" && b.Type != "" && !b.Remote(), "type", "%s is for a server elsewhere, which needs a url", b.Type)
	if !b.Remote() {
		k.wrong(len(b.Headers) > 0, "headers", "these are for a server elsewhere, which has a url")
		k.wrong(b.Auth != nil, "auth", "this is for a server elsewhere, which has a url")
	}
	if !b.Child() {
		for _, s := range []struct {
			setting string
			said    bool
		}{
			{"args", len(b.Args) > 0},
			{"env", len(b.Env) > 0},
			{"inherit_env", b.InheritEnv != nil},
			{"cwd", b.Cwd != ""},
			{"scope", b.Scope != ""},
			{"idle", b.Idle != 0},
			{"processes", b.Processes != 0},
			{"memory", b.Memory != 0},
		} {
			k.wrong(s.said, s.setting, "this is for a child process, which has a command")
		}
	}
}

func (k *backendCheck) remote() {
	u, err := url.Parse(k.b.URL.Reveal())
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		k.fail("url", "this is no URL; write one like https://mcp.example.com/mcp")
	case u.User != nil:
		k.fail("url", "no name and password in a URL; write auth: {basic: {user, password}}")
	case u.Fragment != "":
		k.fail("url", "a URL ends before the #")
	}
	for _, name := range slices.Sorted(maps.Keys(k.b.Headers)) {
		k.header("headers."+name, name, k.b.Headers[name])
	}
	k.auth()
}

func (k *backendCheck) auth() {
	a := k.b.Auth
	if a == nil {
		return
	}
	ways := 0
	for _, is := range []bool{a.Bearer != "", a.Basic != nil, a.Header != nil} {
		if is {
			ways++
		}
	}
	k.wrong(ways != 1, "auth", "write one of bearer, basic and header")
	if a.Bearer != "" {
		k.wrong(strings.ContainsFunc(a.Bearer.Reveal(), notVisible), "auth.bearer", "a token has no spaces and no line breaks; leave out the word Bearer")
	}
	if a.Basic != nil {
		k.wrong(a.Basic.User == "" || strings.Contains(a.Basic.User, ":"), "auth.basic", "a user is needed, without a colon (RFC 7617, section 2)")
	}
	if a.Header != nil {
		k.header("auth.header", cmp.Or(a.Header.Name, " "), a.Header.Value)
		k.wrong(a.Header.Value == "", "auth.header", "a value is needed")
	}
	name := "Authorization"
	if a.Header != nil {
		name = a.Header.Name
	}
	for h := range k.b.Headers {
		k.wrong(strings.EqualFold(h, name), "auth", "headers have %s already; leave one of them out", h)
	}
}

// token is a name of a header (RFC 9110, section 5.6.2).
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// reserved are the headers that say how the message is to be read, or belong
// to the protocol.
var reserved = []string{"host", "connection", "content-length", "content-type", "accept", "accept-encoding", "transfer-encoding", "te", "trailer", "upgrade", "last-event-id"}

func (k *backendCheck) header(setting, name string, value Secret) {
	lower := strings.ToLower(name)
	switch {
	case !token.MatchString(name):
		k.fail(setting, "%q is no name of a header", name)
	case slices.Contains(reserved, lower), strings.HasPrefix(lower, "mcp-"):
		k.fail(setting, "Gatehouse writes the header %s itself", name)
	case strings.ContainsFunc(value.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		k.fail(setting, "the value has a line break or another control character")
	}
}

func notVisible(r rune) bool { return r <= ' ' || r >= 0x7f }

func (k *backendCheck) child() {
	b := k.b
	for _, name := range slices.Sorted(maps.Keys(b.Env)) {
		k.wrong(name == "" || strings.ContainsAny(name, "=\x00"), "env."+name, "this is no name of a variable")
		k.wrong(strings.Contains(b.Env[name].Reveal(), "\x00"), "env."+name, "the value has a byte of zero")
	}
	for i, name := range b.InheritEnv {
		k.wrong(name == "" || strings.ContainsAny(name, "=\x00"), item("inherit_env", i), "%q is no name of a variable", name)
	}
	k.atLeastOne("processes", b.Processes)
	k.wrong(b.Processes > 1 && b.Scope != "person", "processes", "all share one process; for one of each person write scope: person")
}

// What every client accepts in the names of tools.
var (
	prefix   = regexp.MustCompile(`^[A-Za-z0-9_-]{0,48}$`)
	toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func (k *backendCheck) shown() {
	b := k.b
	if b.Prefix != nil {
		k.wrong(!prefix.MatchString(*b.Prefix), "prefix", "%q: a prefix has up to 48 letters, digits, _ and -", *b.Prefix)
	}
	for i, s := range b.Scopes {
		k.wrong(!oauth.IsScope(s), item("scopes", i), "%q is no scope", s)
	}
	k.atLeastOne("concurrency", b.Concurrency)
	k.atLeastOne("queue", b.Queue)
	k.wrong(b.MaxTime != 0 && b.MaxTime < b.Timeout, "max_time", "this is shorter than timeout")
	for _, s := range []struct {
		setting string
		of      Selection
	}{{"tools", b.Tools}, {"prompts", b.Prompts}, {"resources", b.Resources}} {
		k.selection(s.setting, s.of)
	}
}

func (k *backendCheck) selection(setting string, s Selection) {
	seen := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(s.Override)) {
		at := setting + ".override." + name
		o := s.Override[name]
		k.wrong(o.Name != "" && setting == "resources", at+".name", "a resource keeps its URI")
		k.wrong(o.Name != "" && !toolName.MatchString(o.Name), at+".name", "%q: a name has up to 64 letters, digits, _ and -", o.Name)
		if first, twice := seen[o.Name]; twice && o.Name != "" {
			k.fail(at+".name", "%s has this name already", first)
		}
		seen[o.Name] = name
	}
}
