package config

import (
	"fmt"
	"github.com/go-json-experiment/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBackends(t *testing.T) {
	c, err := parse(`
backends:
  issues:
    url: https://mcp.example.com/mcp?key=${env:SECRET}
    headers: {X-Team: "7", X-On: true}
    auth: {bearer: "${file:/run/id}"}
    prefix: ""
    scopes: []
    timeout: 30s
    tools:
      include: [get_*]
      override: {get_issue: {title: An issue, annotations: {readOnlyHint: true}}}
  files: &usual
    command: npx
    args: [-y, server, 8080]
    env: {TOKEN: "${env:SECRET}", PORT: 80, EMPTY: ~}
    scope: person
    memory: 256MiB
  more:
    <<: *usual
    args: [-y, other]
`)
	if err != nil {
		t.Fatal(err)
	}
	issues, files, more := c.Backends["issues"], c.Backends["files"], c.Backends["more"]
	if !issues.Remote() || issues.URL.Reveal() != "https://mcp.example.com/mcp?key=s3cr3t: yes" || issues.Headers["X-Team"] != "7" || issues.Headers["X-On"] != "true" {
		t.Errorf("issues = %+v", issues)
	}
	if issues.Auth.Bearer.Reveal() != "from-file" || issues.Scopes == nil || *issues.Prefix != "" || time.Duration(issues.Timeout) != 30*time.Second {
		t.Errorf("issues = %+v", issues)
	}
	if o := issues.Tools.Override["get_issue"]; o.Title != "An issue" || !*o.Annotations.ReadOnlyHint {
		t.Errorf("override = %+v", o)
	}
	if !files.Child() || files.Args[2] != "8080" || files.Env["TOKEN"] != "s3cr3t: yes" || files.Env["PORT"] != "80" || files.Scopes != nil {
		t.Errorf("files = %+v", files)
	}
	if more.Args[1] != "other" || more.Scope != "person" || more.Memory != 256<<20 {
		t.Errorf("more = %+v, want what it merges but for what it says", more)
	}
	if !slices.Equal(c.Files(), []string{"/run/id"}) {
		t.Errorf("files = %q", c.Files())
	}
}

// The blocks are as the documents of these programs show them.
func TestPastedBackends(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // names of the backends
		notes      int
	}{
		{"a file of Claude Desktop", `{
	"mcpServers": {
		"filesystem": {
			"command": "npx",
			"args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/me/Desktop"]
		},
		"brave-search": {"command": "npx", "args": [], "env": {"BRAVE_API_KEY": "x"}}
	}
}`, []string{"brave-search", "filesystem"}, 0},
		{"a file of VS Code", `{
  "inputs": [{"type": "promptString", "id": "key", "description": "Key", "password": true}],
  "servers": {
    "Perplexity": {"type": "stdio", "command": "npx", "args": ["-y", "server-perplexity-ask"], "env": {"K": "x"}, "dev": {"watch": "**"}},
    "io.github.owner/fetch": {"type": "http", "url": "https://mcp.example.com"},
  }
}`, []string{"io-github-owner-fetch", "perplexity"}, 3},
		{"a block of Cursor beside other settings", `name: Mine
mcpServers: {
  "remote": {"url": "https://mcp.example.com/sse", "headers": {"Authorization": "Bearer ${env:SECRET}"}},
  "wind": {"serverUrl": "https://mcp.example.com/mcp"}
}
addr: 127.0.0.1:1
`, []string{"remote", "wind"}, 0},
		{"a block of Cline", `mcpServers: {"linear": {"type": "streamableHttp", "url": "https://mcp.linear.app/mcp", "disabled": false, "alwaysAllow": ["a"], "autoApprove": []}}`, []string{"linear"}, 2},
		{"maps of all three kinds", "backends: {a: {url: https://a.example}}\nservers: {b: {url: https://b.example}}\nmcpServers: {c: {command: c}}", []string{"a", "b", "c"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(c.Backends)); !slices.Equal(got, tt.want) {
				t.Errorf("backends = %q, want %q", got, tt.want)
			}
			if len(c.Notes()) != tt.notes {
				t.Errorf("notes = %v, want %d", c.Notes(), tt.notes)
			}
			if err := c.CheckBackends(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBackendFaults(t *testing.T) {
	in := func(backend string) string { return "backends:\n  a: {" + backend + "}" }
	for _, tt := range []struct{ name, text, want string }{
		{"a name in capitals", "backends: {GitHub: {url: https://a.example}}", "line 1: backends.GitHub: a name is lower-case letters, digits, - and _, and begins with a letter or digit; write github"},
		{"two names that become one", "servers:\n  a: {command: x}\nmcpServers:\n  A: {command: y}", "line 2: servers.a: mcpServers.A is called a too"},
		{"all that is wrong, under a name that is wrong", "backends: {GitHub: {url: nowhere}}", "backends.GitHub.url: this is no URL"},
		{"a name without letters", "servers: {'@@': {command: x}}", "this name has no letters"},
		{"a server of two kinds", in("url: https://a.example, command: x"), "line 2: backends.a.command: either url"},
		{"a type that is not the server's", in("type: http, command: x"), "backends.a.type: http is for a server elsewhere"},
		{"a type that there is not", in("type: websocket, url: wss://a.example"), `"websocket" is none of stdio, http`},
		{"a URL of another scheme", in("url: ftp://a.example"), "backends.a.url: this is no URL"},
		{"a password in a URL", in("url: https://me:pw@a.example"), "write auth: {basic: {user, password}}"},
		{"arguments of a server elsewhere", in("url: https://a.example, args: [x]"), "backends.a.args: this is for a child process"},
		{"headers of a child process", in("command: x, headers: {a: b}"), "backends.a.headers: these are for a server elsewhere"},
		{"a setting that is nearly right", in("url: https://a.example, inheritEnv: [x]"), "backends.a.inheritEnv: there is no such setting; do you mean inherit_env?"},
		{"a file of variables", in("command: x, envFile: .env"), "files of variables are not read"},
		{"a question to a person", in(`command: x, env: {K: "${input:api-key}"}`), "backends.a.env.K: ${input:api-key} is what an editor asks a person for; set a variable and write ${env:API_KEY}"},
		{"a folder of an editor", in(`command: x, cwd: "${workspaceFolder}/src"`), "write the path itself"},
		{"a variable as a shell writes it", in(`command: x, args: ["${TOKEN}"]`), "write ${env:TOKEN}"},
		{"a variable with a default", in(`command: x, args: ["${TOKEN:-none}"]`), "write ${env:TOKEN}"},
		{"a time-out in some unit", in("command: x, timeout: 60000"), `"60000" has no unit: write 60000ms or 60000s`},
		{"two ways to prove oneself", in("url: https://a.example, auth: {bearer: x, header: {name: k, value: v}}"), "write one of bearer"},
		{"a token with its scheme", in("url: https://a.example, auth: {bearer: Bearer x}"), "leave out the word Bearer"},
		{"a header twice", in("url: https://a.example, auth: {bearer: x}, headers: {authorization: y}"), "headers have authorization already"},
		{"a header of the protocol", in("url: https://a.example, headers: {Mcp-Session-Id: x}"), "Gatehouse writes the header Mcp-Session-Id itself"},
		{"a header with a line break", in(`url: https://a.example, headers: {X-A: "a\r\nb"}`), "has a line break"},
		{"processes of nobody", in("command: x, processes: 4"), "write scope: person"},
		{"no queue, which would be the usual one", in("url: https://a.example, queue: 0"), "backends.a.queue: at least 1"},
		{"fewer calls than none", in("url: https://a.example, concurrency: -1"), "backends.a.concurrency: at least 1"},
		{"a scope with a space", in("url: https://a.example, scopes: [a b]"), `backends.a.scopes[0]: "a b" is no scope`},
		{"a prefix that clients refuse", in("url: https://a.example, prefix: a/"), "a prefix has up to 48 letters"},
		{"a resource of another name", in("url: https://a.example, resources: {override: {'file:///x': {name: y}}}"), "a resource keeps its URI"},
		{"two tools of one name", in("url: https://a.example, tools: {override: {x: {name: n}, y: {name: n}}}"), "x has this name already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parse(tt.text)
			err = Join(err, c.CheckBackends())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestNotesInTheOrderOfTheFile(t *testing.T) {
	c, err := parse("mcpServers:\n  A:\n    command: x\n    autoApprove: []\n  B: {command: y}\n")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(Faults(c.Notes()))
	want := "line 2: mcpServers.A: the backend is called a here\n" +
		"line 4: mcpServers.A.autoApprove: this does nothing here: what a client may call without asking is the client's affair\n" +
		"line 5: mcpServers.B: the backend is called b here"
	if got != want {
		t.Errorf("notes =\n%s\nwant\n%s", got, want)
	}
}

func TestAllFaultsInTheOrderOfTheFile(t *testing.T) {
	c, err := parse(`
lgoin: {password: true}
backends:
  one: {url: nowhere}
  two: {comand: x}
log: {level: loud}
`)
	err = Join(err, c.CheckServe())
	var lines []string
	for _, l := range strings.Split(err.Error(), "\n") {
		line, _, _ := strings.Cut(l, ":")
		lines = append(lines, line)
	}
	// That there is no login is not said: lgoin is why.
	if want := []string{"line 2", "line 4", "line 5", "line 6"}; !slices.Equal(lines, want) {
		t.Errorf("faults in %q, want %q:\n%v", lines, want, err)
	}
}

func TestWhatFollowsIsNotSaid(t *testing.T) {
	c, err := parse("urls: [https://a.example]\nlogin:\n  github: {client_id: x, client_sceret: y, users: [z]}")
	err = Join(err, c.CheckServe())
	if n := len(Each(err)); n != 1 {
		t.Errorf("%d faults, want the misspelled name alone:\n%v", n, err)
	}
	c, err = parse("backends: {a: {type: http, url: '${env:NO}'}, b: {command: '${env:NO}', args: [x], processes: '${env:NO}', timeout: '${env:NO}'}}\nurls: ['${env:NO}']\nlogin: {password: true}")
	if err = Join(err, c.CheckServe()); len(Each(err)) != 5 {
		t.Errorf("faults, want the missing variables alone:\n%v", err)
	}
	if again := Join(err, c.CheckServe()); len(Each(again)) != 5 {
		t.Errorf("joined once more: %v", again)
	}
}

func TestChanged(t *testing.T) {
	before, _ := parse("name: a\naddr: 127.0.0.1:1\nbackends: {a: {command: x}}")
	after, _ := parse("name: b\naddr: 127.0.0.1:1\nbackends: {b: {command: x}}\nlimits: {depth: 9}")
	if got, want := after.Changed(before), []string{"limits", "name"}; !slices.Equal(got, want) {
		t.Errorf("changed = %q, want %q", got, want)
	}
	if got := after.Changed(after); len(got) != 0 {
		t.Errorf("nothing has changed, but %q", got)
	}
}

func TestSame(t *testing.T) {
	c, err := parse("backends: {a: {command: x, env: {K: v}}, b: {command: x, env: {K: v}}, c: {command: x, env: {K: w}}}")
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Backends["a"]; !a.Same(c.Backends["b"]) || a.Same(c.Backends["c"]) {
		t.Error("the same is another, or another the same")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c, err := parse(`
backends:
  a: {url: "https://a.example/?k=hidden", headers: {K: hidden}, auth: {basic: {user: u, password: hidden}}}
  b: {command: x, args: [hidden], env: {K: hidden}}
`)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("backends", "all", c.Backends)
	slog.New(slog.NewTextHandler(&log, nil)).Info("backends", "all", c.Backends)
	asJSON, _ := json.Marshal(c)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", c, c, c), log.String(), string(asJSON)} {
		if strings.Contains(text, "hidden") {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}
