package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// someSource is the source in a folder with a blank in its name.
func someSource(t *testing.T) Source {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "the source")
	put(t, dir, "go.mod", "module gatehouse\n\ngo 1.26.0\n\nrequire (\n\tb.example/b v1.0.0\n)\n\nrequire (\n\tc.example/c v2.0.0 // indirect\n)\n")
	put(t, dir, "go.sum", "b.example/b v1.0.0 h1:x=\n")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestCreate(t *testing.T) {
	s, here := someSource(t), t.TempDir()
	dir := filepath.Join(here, "tea")
	if err := Create(dir, "tea", s); err != nil {
		t.Fatal(err)
	}
	want := []string{".gitignore", "Makefile", "README.md", "gatehouse.yaml", "go.mod", "go.sum", "main.go", "main_test.go", "worker"}
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("the project has %q, want %q", got, want)
	}
	if got := list(t, here); len(got) != 1 {
		t.Errorf("beside the project there is %q", got)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"module example.com/tea",
		"go 1.26.0",
		`replace gatehouse => "` + s.Dir + `"`,
		"\tb.example/b v1.0.0 // indirect",
		"\tc.example/c v2.0.0 // indirect",
	} {
		if !strings.Contains(string(mod), line+"\n") {
			t.Errorf("go.mod has no line %q:\n%s", line, mod)
		}
	}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), placeholder+".ACCOUNT") || strings.Contains(string(text), "# "+placeholder) {
			t.Errorf("%s calls the project %s", path, placeholder)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCreateWritesAllOrNothing(t *testing.T) {
	s := someSource(t)
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		project string
		want    error
	}{
		{name: "a folder with something in it", project: "tea", want: ErrNotEmpty,
			prepare: func(t *testing.T, dir string) { put(t, dir, "mine", "") }},
		{name: "a file", project: "tea",
			prepare: func(t *testing.T, dir string) { put(t, filepath.Dir(dir), filepath.Base(dir), "mine") }},
		{name: "a folder in a folder that is not there", project: "tea",
			prepare: func(t *testing.T, dir string) { os.Remove(filepath.Dir(dir)) }},
		{name: "a bad name", project: "Tea", prepare: func(*testing.T, string) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			above := filepath.Join(t.TempDir(), "above")
			if err := os.Mkdir(above, 0o700); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(above, "dir")
			tt.prepare(t, dir)
			before := tree(t, above)
			if err := Create(dir, tt.project, s); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Create = %v, want %v", err, tt.want)
			}
			if after := tree(t, above); !slices.Equal(before, after) {
				t.Errorf("there were %q, and are %q", before, after)
			}
		})
	}
}

// tree are the paths of all that is in a folder, which need not be there.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"tea", "a", "tea-2", strings.Repeat("a", 63)} {
		if err := CheckName(name); err != nil {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
	for _, name := range []string{"", "Tea", "2tea", "-tea", "tea-", "te a", "te.a", "../tea", "té", "tea\n", strings.Repeat("a", 64)} {
		if CheckName(name) == nil {
			t.Errorf("CheckName(%q) lets it pass", name)
		}
	}
}

func TestFind(t *testing.T) {
	s := someSource(t)
	below := filepath.Join(s.Dir, "cmd", "deep")
	put(t, below, "x.go", "")
	if got, err := Find(below); err != nil || got.Dir != s.Dir {
		t.Errorf("Find = %s, %v, want %s", got.Dir, err, s.Dir)
	}
	elsewhere := t.TempDir()
	put(t, elsewhere, "go.mod", "module example.com/tea\n\nrequire gatehouse v0.0.0\n")
	if _, err := Find(elsewhere); !errors.Is(err, ErrNoSource) {
		t.Errorf("Find = %v, want %v", err, ErrNoSource)
	}
}

// TestGoMod holds what a project requires to this module's own go.mod.
func TestGoMod(t *testing.T) {
	s, err := Open(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	got := requirements(s.mod)
	if len(got) < 10 || !slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, "golang.org/x/oauth2 v") }) {
		t.Errorf("requirements = %q", got)
	}
}
