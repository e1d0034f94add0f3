package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func parse(text string) (Config, error) {
	env := map[string]string{"SECRET": "s3cr3t: yes", "NUMBER": "8"}
	return Parse([]byte(text), func(k string) string { return env[k] }, func(path string) ([]byte, error) {
		if path == "/run/id" {
			return []byte("from-file\n"), nil
		}
		return nil, fmt.Errorf("no such file: %s", path)
	})
}

func TestParse(t *testing.T) {
	c, err := parse(`
urls: [https://mcp.example.com]
login:
  oidc:
    - {id: corp, name: Corp, issuer: https://id.example.com, client_id: "${file:/run/id}", client_secret: "${env:SECRET}"}
limits: {body: 1MiB, sessions: 3}
tokens: {access: 15m, grant: 30d}
`)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Login.OIDC[0]
	if p.ClientID != "from-file" || p.ClientSecret.Reveal() != "s3cr3t: yes" {
		t.Errorf("references became %q and %q", p.ClientID, p.ClientSecret.Reveal())
	}
	if c.Limits.Body != 1<<20 || c.Limits.Sessions != 3 || c.Limits.Streams != 32 {
		t.Errorf("limits = %+v, want what the file says over the defaults", c.Limits)
	}
	if time.Duration(c.Tokens.Access) != 15*time.Minute || time.Duration(c.Tokens.Grant) != 30*24*time.Hour {
		t.Errorf("tokens = %+v", c.Tokens)
	}
	if s := fmt.Sprintf("%v %+v %#v", p, p, p); strings.Contains(s, "s3cr3t") {
		t.Errorf("a secret is printed: %s", s)
	}
}

func TestParseNothing(t *testing.T) {
	for _, text := range []string{"", "\n \n", "# urls: [https://mcp.example.com]\n\n  # nothing yet"} {
		if c, err := parse(text); err != nil || c.Addr != Default().Addr {
			t.Errorf("%q = %+v, %v, want the defaults", text, c, err)
		}
	}
}

func TestParseFaults(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a setting that does not exist", "urlz: [x]", "line 1: urlz: there is no such setting; do you mean urls?"},
		{"a setting that is like no other", "tls: {a1b2c3: x}", "line 1: tls.a1b2c3: there is no such setting; there are acme, cert, key"},
		{"a setting in the words of other files", "redirectSchemes: [x]", "do you mean redirect_schemes?"},
		{"a setting that is there twice", "name: a\naddr: b\nname: c", "line 3: name: this is already in line 1"},
		{"a list where a map should be", "limits: [1]", "line 1: limits: this must be a map, such as {name: value}, not a list"},
		{"a value where a list should be", "urls: https://a.example", "line 1: urls: this must be a list, such as [a, b], not a single value"},
		{"a word where a number should be", "limits: {depth: deep}", `line 1: limits.depth: "deep" is no whole number`},
		{"a word where yes or no should be", "registration: maybe", `"maybe" is neither true nor false`},
		{"a word that is none of those there are", "log:\n  level: loud", `line 2: log.level: "loud" is none of debug, info, warn, error`},
		{"a file that is no YAML", "name: x\naddr: [\n", "line 3: this is no YAML"},
		{"JSON with its braces below YAML", "name: x\n{\n  \"servers\": {}\n}", "line 2: a file is either YAML or one map of JSON; leave out the outermost braces"},
		{"JSON with its braces above YAML", "{\"servers\": {}\n}\nname: x", "line 1: a file is either YAML or one map of JSON"},
		{"JSON with a comma after it", "name: x\n\"servers\": {\n  \"a\": {}\n},\n", "line 4: no comma stands after the last brace"},
		{"a tab", "limits:\n\tdepth: 8", "line 2: YAML is indented with spaces"},
		{"two documents", "name: x\n---\nname: y", "this is no YAML"},
		{"a comment of an editor's file", "{\n  // mine\n  \"name\": \"x\"\n}", "line 2: a comment begins with # here"},
		{"a comment of an editor's file that is no YAML", "{\n  // mine: yours: \n  \"name\": \"x\"\n}", "line 2: a comment begins with # here"},
		{"a variable that is not set, with its line", "\n\nname: ${env:NOPE}", "line 3: name: the environment has no NOPE"},
		{"a file that is not there", "name: ${file:/nope}", "no such file"},
		{"a reference of no kind", "name: ${NAME}", "neither ${env:NAME} nor"},
		{"a size without a number", "limits: {body: lots}", "is no size"},
		{"a negative size", "limits: {body: -1}", "is no size"},
		{"a duration of nothing", "tokens: {access: 0s}", "is no duration"},
		{"a duration that overflows", "tokens: {access: 99999999999d}", "duration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestCheckServe(t *testing.T) {
	good := func() Config {
		c := Default()
		c.URLs = []string{"https://mcp.example.com"}
		c.Login.Password = true
		return c
	}
	if c := good(); c.CheckServe() != nil {
		t.Errorf("a good configuration is refused: %v", c.CheckServe())
	}
	c := good()
	c.TLS.ACME = &ACME{Directory: "http://127.0.0.1:14000/dir"}
	c.URLs = append(c.URLs, "http://localhost:8787")
	if err := c.CheckServe(); err != nil {
		t.Errorf("a CA on this machine is refused: %v", err)
	}
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no public URL", func(c *Config) { c.URLs = nil }, "no public URL"},
		{"a URL that strangers reach in the clear", func(c *Config) { c.URLs = []string{"http://mcp.example.com"} }, "must begin with https"},
		{"such a URL with a path, too", func(c *Config) { c.URLs = []string{"http://mcp.example.com/"} }, "must begin with https"},
		{"a URL with a path", func(c *Config) { c.URLs = []string{"https://mcp.example.com/"} }, "write https://mcp.example.com"},
		{"a URL in capitals", func(c *Config) { c.URLs = []string{"https://MCP.example.com"} }, "lower case"},
		{"a URL with the usual port", func(c *Config) { c.URLs = []string{"https://a.example:443"} }, "usual port"},
		{"nobody can log in", func(c *Config) { c.Login.Password = false }, "no way to log in"},
		{"GitHub open to all", func(c *Config) { c.Login.GitHub = &GitHub{ClientID: "a", ClientSecret: "b"} }, "anybody on GitHub"},
		{"plain HTTP to everybody", func(c *Config) { c.Addr = "0.0.0.0:80" }, "plain HTTP to everybody"},
		{"half a certificate", func(c *Config) { c.TLS.Cert = "c.pem" }, "belong together"},
		{"ACME for an address", func(c *Config) { c.TLS.ACME, c.URLs = new(ACME), []string{"https://192.0.2.1"} }, "a DNS name with a dot"},
		{"ACME for a name of this machine", func(c *Config) { c.TLS.ACME, c.URLs = new(ACME), []string{"https://mcp"} }, "a DNS name with a dot"},
		{"a CA in the clear", func(c *Config) { c.TLS.ACME = &ACME{Directory: "http://ca.example.com/dir"} }, "must be an https URL"},
		{"a proxy that is no address", func(c *Config) { c.Proxies = []string{"nginx"} }, "neither an address"},
		{"a public client with its own grant", func(c *Config) {
			c.Clients = []Client{{ID: "ci", Grants: []string{"client_credentials"}}}
		}, "needs a client that authenticates"},
		{"two clients of one id", func(c *Config) { c.Clients = []Client{{ID: "a"}, {ID: "a"}} }, "id of its own"},
		{"an origin with a path", func(c *Config) { c.Origins = []string{"https://a.example/x"} }, "no origin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.change(&c)
			if err := c.CheckServe(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
		})
	}

	t.Run("everything that is wrong is said at once", func(t *testing.T) {
		c := Default()
		c.Addr, c.Limits.Depth = "nowhere", 1
		err := c.CheckServe()
		var joined interface{ Unwrap() []error }
		if !errors.As(err, &joined) || len(joined.Unwrap()) != 4 {
			t.Errorf("faults = %v, want 4 of them", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("name: a\nlimits: {body: 4MiB}\n")
	f.Add("login: {oidc: [{name: x, client_secret: \"${env:SECRET}\"}]}")
	f.Add("backends: &a {x: &b {<<: *a, command: *b, tools: {override: *a}}, y: *b}\nservers: *a")
	f.Add("mcpServers: {A: {url: https://a.example, timeout: 60000, headers: {a: 1}}, a: {command: x, env: {K: ~}}}")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parse(text); err == nil {
			_ = c.CheckServe()
		}
	})
}
