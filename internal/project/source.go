package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// module is the path of the module that a project is built on. It has no
// public home, so a project says where the source is.
const module = "gatehouse"

// Source is the source of the module on this machine.
type Source struct {
	Dir string // absolute

	mod, sum string // go.mod and go.sum
}

// ErrNoSource is a folder that the source is not in.
var ErrNoSource = errors.New("it is not the source of gatehouse")

// Open reads the source in a folder.
func Open(dir string) (Source, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Source{}, err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && modulePath(string(mod)) != module {
		return Source{}, fmt.Errorf("%s: %w", dir, ErrNoSource)
	}
	if err != nil {
		return Source{}, err
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	return Source{Dir: dir, mod: string(mod), sum: string(sum)}, err
}

// Find looks for the source in a folder and in those above it.
func Find(dir string) (Source, error) {
	for {
		s, err := Open(dir)
		if up := filepath.Dir(dir); !errors.Is(err, ErrNoSource) || up == dir {
			return s, err
		}
		dir = filepath.Dir(dir)
	}
}

// goMod is the go.mod of a project. It requires what the source requires, in
// the same versions, so that nothing has to be looked up to build it.
func (s Source) goMod(project string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\nrequire %s v0.0.0\n\n", project, goVersion(s.mod), module)
	fmt.Fprintf(&b, "// The source of Gatehouse on this machine.\nreplace %s => %s\n\nrequire (\n", module, strconv.Quote(s.Dir))
	for _, r := range requirements(s.mod) {
		fmt.Fprintf(&b, "\t%s // indirect\n", r)
	}
	b.WriteString(")\n")
	return b.String()
}

// modulePath is what a go.mod says that the module is called.
func modulePath(mod string) string { return directive(mod, "module") }

func goVersion(mod string) string { return directive(mod, "go") }

// directive is the argument of the line that begins with this word.
func directive(mod, word string) string {
	for line := range strings.Lines(mod) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == word {
			return fields[1]
		}
	}
	return ""
}

// requirements are the modules in the require blocks of a go.mod, each with
// its version.
func requirements(mod string) (all []string) {
	within := false
	for line := range strings.Lines(mod) {
		code, _, _ := strings.Cut(line, "//")
		switch fields := strings.Fields(code); {
		case len(fields) == 2 && fields[0] == "require":
			within = true
		case len(fields) == 1:
			within = false
		case within && len(fields) == 2:
			all = append(all, fields[0]+" "+fields[1])
		}
	}
	return all
}
