package archtest

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "gatehouse"

// pkg is one package of the house, as far as the plan is about it. Tests are
// left out: they may import what they like.
type pkg struct {
	path    string // below the module; "." is its root
	name    string
	imports []string // on any target, sorted
	wasm    []string // those of js/wasm alone
	tagged  []string // files that only some target builds
	inits   []string // files that have a func init
	comment bool     // there is a package comment
	bare    []string // exported names without a comment
	named   int      // exported names
}

// targets are what the house is built for.
var targets = []build.Context{
	{GOOS: "linux", GOARCH: "amd64", Compiler: "gc", ReleaseTags: build.Default.ReleaseTags},
	{GOOS: "darwin", GOARCH: "arm64", Compiler: "gc", ReleaseTags: build.Default.ReleaseTags},
	{GOOS: "windows", GOARCH: "amd64", Compiler: "gc", ReleaseTags: build.Default.ReleaseTags},
	{GOOS: "js", GOARCH: "wasm", Compiler: "gc", ReleaseTags: build.Default.ReleaseTags},
}

// read parses every package below root.
func read(t *testing.T, root string) []pkg {
	t.Helper()
	byDir := make(map[string]*pkg)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		if byDir[dir] == nil {
			byDir[dir] = &pkg{path: dir}
		}
		return byDir[dir].add(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for _, p := range byDir {
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pkg) int { return strings.Compare(a.path, b.path) })
	return all
}

// skipped are the folders that hold no package of the house.
func skipped(name string) bool {
	return name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// add takes up what the plan wants to know of one file.
func (p *pkg) add(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	builds, wasm, err := builtFor(path)
	if err != nil || builds == 0 {
		return err // a tool that no target builds
	}
	base := filepath.Base(path)
	if builds < len(targets) {
		p.tagged = append(p.tagged, base)
	}
	p.name = file.Name.Name
	p.comment = p.comment || file.Doc != nil
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.imports = append(p.imports, imported)
		if wasm {
			p.wasm = append(p.wasm, imported)
		}
	}
	for _, decl := range file.Decls {
		p.declare(base, decl)
	}
	return nil
}

// builtFor counts the targets that build the file, by its name and its
// constraints, and says whether js/wasm is one.
func builtFor(path string) (builds int, wasm bool, err error) {
	for _, target := range targets {
		match, err := target.MatchFile(filepath.Dir(path), filepath.Base(path))
		if err != nil {
			return 0, false, err
		}
		if match {
			builds++
			wasm = target.GOOS == "js"
		}
	}
	return builds, wasm, nil
}

// declare takes up the exported names of a declaration, and whether they have
// a comment. One comment above a group is enough for the group.
func (p *pkg) declare(file string, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.Name == "init" {
			p.inits = append(p.inits, file)
		}
		if d.Name.IsExported() && !plain(d) {
			p.export(receiver(d)+d.Name.Name, d.Doc != nil)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					p.export(s.Name.Name, d.Doc != nil || s.Doc != nil || s.Comment != nil)
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						p.export(name.Name, d.Doc != nil || s.Doc != nil || s.Comment != nil)
					}
				}
			}
		}
	}
}

func (p *pkg) export(name string, commented bool) {
	p.named++
	if !commented {
		p.bare = append(p.bare, name)
	}
}

// plain reports whether a function needs no comment: methods whose meaning is
// that of an interface everybody knows, and those of types that nobody outside
// can name.
func plain(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	switch d.Name.Name {
	case "Error", "Unwrap", "String", "LogValue", "ServeHTTP", "Write", "WriteHeader", "Close", "RoundTrip":
		return true
	}
	name := strings.TrimSuffix(receiver(d), ".")
	return !ast.IsExported(name)
}

// receiver returns the name of the type that a method belongs to, with a dot.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name + "."
		default:
			return "?."
		}
	}
}
