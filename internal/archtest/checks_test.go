package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestChecks shows that each check finds what it is for, and lets pass what
// lies next to it.
func TestChecks(t *testing.T) {
	ours := func(paths ...string) (imports []string) {
		for _, p := range paths {
			imports = append(imports, module+"/"+p)
		}
		return imports
	}
	for _, tt := range []struct {
		name  string
		check func([]pkg) []string
		house []pkg
		want  []string // a part of each fault; none is a house in order
	}{
		{"a package that nobody planned", unplaced, []pkg{{path: "mcp"}, {path: "attic"}}, []string{"attic has no floor"}},
		{"a driver that is new", unplaced, []pkg{{path: "store/redis"}}, nil},

		{"an import that goes down", climbing, []pkg{{path: "host", imports: ours("gateway", "store", "mcp")}}, nil},
		{"an import that goes up", climbing, []pkg{{path: "store", imports: ours("host")}}, []string{"store imports host, 3 floors up"}},
		{"an import of a neighbour", climbing, []pkg{{path: "mcp/modern", imports: ours("mcp/legacy")}}, []string{"same floor"}},
		{"an import of what looks from outside", climbing, []pkg{{path: "host", imports: ours("bench")}}, []string{"host imports bench"}},
		{"a backend that keeps the contract", climbing, []pkg{{path: "backend/remote", imports: ours("gateway")}}, nil},
		{"the contract that knows a backend", climbing, []pkg{{path: "gateway", imports: ours("backend/remote")}}, []string{"same floor"}},
		{"main, which calls the public face", climbing, []pkg{{path: "cmd/gatehouse", imports: []string{module}}}, nil},
		{"a tool, which may look anywhere", climbing, []pkg{{path: "bench", imports: ours("host", "oauth/idp/dev")}}, nil},

		{"an entry point that goes round the host", bypassing, []pkg{{path: "internal/cli", imports: ours("oauth/token")}}, []string{"only host does"}},
		{"an entry point that picks a backend", bypassing, []pkg{{path: "internal/cli", imports: ours("backend/stdio")}}, nil},

		{"a host that picks a store", choosing, []pkg{{path: "host", imports: ours("store/sqlite")}}, []string{"host imports the driver store/sqlite"}},
		{"an entry point that picks a store", choosing, []pkg{{path: "internal/worker", imports: ours("store/durableobject")}}, nil},
		{"a driver with a part of its own", choosing, []pkg{{path: "store/sqlite", imports: ours("store/sqlite/pool")}}, nil},

		{"a library at its door", smuggled, []pkg{{path: "store/sqlite", imports: []string{"modernc.org/sqlite"}}}, nil},
		{"a library beside its door", smuggled, []pkg{{path: "audit", imports: []string{"modernc.org/sqlite"}}}, []string{"audit imports modernc.org/sqlite; its door is [store/sqlite]"}},
		{"a library without a door", smuggled, []pkg{{path: "web", imports: []string{"github.com/some/router"}}}, []string{"has no door"}},
		{"JavaScript in a flow", smuggled, []pkg{{path: "gateway", imports: []string{"syscall/js"}}}, []string{"JavaScript has few doors"}},
		{"a program started by a service", smuggled, []pkg{{path: "oauth/login", imports: []string{"os/exec"}}}, []string{"starts no program"}},
		{"JSON that takes the last of two names", smuggled, []pkg{{path: "mcp/modern", imports: []string{"encoding/json"}}}, []string{"takes the last"}},
		{"what everybody may use", smuggled, []pkg{{path: "oauth", imports: []string{"strings", "github.com/go-json-experiment/json/jsontext"}}}, nil},

		{"a vocabulary that reads files", reaching, []pkg{{path: "oauth", imports: []string{"net/url", "os"}}}, []string{"oauth imports os"}},
		{"a service that reads files", reaching, []pkg{{path: "web", imports: []string{"os"}}}, nil},

		{
			"a Worker that reaches a native driver", unfit,
			[]pkg{{path: "internal/worker", wasm: ours("host")}, {path: "host", wasm: ours("store/sqlite")}},
			[]string{"host imports gatehouse/store/sqlite on js/wasm"},
		},
		{
			"a native driver that only the machine reaches", unfit,
			[]pkg{{path: "internal/worker", wasm: ours("host")}, {path: "host", imports: ours("store/sqlite")}}, nil,
		},

		{"a flow that is another on each target", forked, []pkg{{path: "mcp/legacy", tagged: []string{"post_js.go"}}}, []string{"post_js.go"}},
		{"a leaf that is another on each target", forked, []pkg{{path: "store/sqlite", tagged: []string{"sync_unix.go"}}}, nil},

		{"a name for anything", unnamed, []pkg{{path: "oauth/helpers", name: "helpers"}}, []string{"a name for anything"}},
		{"a name that only begins so", unnamed, []pkg{{path: "oauth/commons", name: "commons"}}, nil},

		{"something that runs before main", initialized, []pkg{{path: "web", inits: []string{"web.go"}}}, []string{"web/web.go has a func init"}},
		{"a package that says nothing of itself", unexplained, []pkg{{path: "web", name: "web"}}, []string{"web has no package comment"}},

		{"few names without a comment", undocumented, []pkg{{path: "web", named: 10, bare: []string{"Page"}}}, nil},
		{"many names without a comment", undocumented, []pkg{{path: "web", named: 10, bare: []string{"Page", "Form"}}}, []string{"no comment on Page, Form", "8 of 10"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.check(tt.house)
			if len(got) != len(tt.want) {
				t.Fatalf("found %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("found %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestEveryRowOfThePlanSaysWhy(t *testing.T) {
	for _, e := range exceptions {
		if e.why == "" {
			t.Errorf("the exception %s -> %s does not say why", e.from, e.to)
		}
	}
	for _, d := range doors {
		if d.why == "" {
			t.Errorf("the door of %s does not say why", d.what)
		}
	}
	for _, l := range leaves {
		if l.why == "" {
			t.Errorf("the leaf %s does not say why", l.at)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/a.go": "// Package a is.\npackage a\n\nimport \"os\"\n\n// Do does.\nfunc Do() {}\n\nfunc Bare() {}\n\n" +
			"type hidden struct{}\n\nfunc (hidden) Method() {}\n\n// T is.\ntype T[K any] struct{}\n\nfunc (*T[K]) Loud() {}\n\nfunc (T[K]) String() string { return \"\" }\n",
		"a/a_js.go":           "package a\n\nimport \"syscall/js\"\n\nfunc init() { js.Global() }\n",
		"a/a_linux.go":        "package a\n\nimport \"os/exec\"\n",
		"a/tag.go":            "//go:build !js\n\npackage a\n\nimport \"net\"\n",
		"a/gen.go":            "//go:build ignore\n\npackage main\n\nimport \"flag\"\n",
		"a/a_test.go":         "package a\n\nimport \"testing\"\n",
		"a/testdata/x.go":     "package x\n",
		"node_modules/n/n.go": "package n\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	house := read(t, dir)
	if len(house) != 1 || house[0].path != "a" || house[0].name != "a" || !house[0].comment {
		t.Fatalf("read %+v, want package a alone", house)
	}
	p := house[0]
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"imports", p.imports, []string{"net", "os", "os/exec", "syscall/js"}},
		{"imports on js/wasm", p.wasm, []string{"os", "syscall/js"}},
		{"files for some targets", p.tagged, []string{"a_js.go", "a_linux.go", "tag.go"}},
		{"files with init", p.inits, []string{"a_js.go"}},
		{"names without a comment", p.bare, []string{"Bare", "T.Loud"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s = %q, want %q", c.what, c.got, c.want)
		}
	}
	if p.named != 4 {
		t.Errorf("%d exported names, want 4", p.named)
	}
}
