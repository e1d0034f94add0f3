package gatehouse_test

import (
	"os"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

// blocks are the code blocks of a document in a language.
func blocks(t *testing.T, file, lang string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i, part := range strings.Split(string(text), "```") {
		if code, ok := strings.CutPrefix(part, lang+"\n"); i%2 == 1 && ok {
			found = append(found, code)
		}
	}
	return found
}

// TestReadmeProgram holds the program in the README to one that is compiled.
func TestReadmeProgram(t *testing.T) {
	example, err := os.ReadFile("examples/hello/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(example), "\npackage main")
	programs := blocks(t, "README.md", "go")
	if len(programs) != 1 || programs[0] != "package main"+program {
		t.Errorf("the program in README.md is not examples/hello/main.go:\n%s", programs)
	}
}

func parse(text string) (config.Config, error) {
	variable := func(string) string { return "secret" }
	return config.Parse([]byte(text), variable, func(string) ([]byte, error) { return []byte("secret"), nil })
}

// TestReadmeConfiguration serves by the configuration in the README.
func TestReadmeConfiguration(t *testing.T) {
	files := blocks(t, "README.md", "yaml")
	if len(files) != 1 {
		t.Fatalf("README.md has %d configurations, want one", len(files))
	}
	c, err := parse(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckServe(); err != nil {
		t.Error(err)
	}
}

// TestGuideConfiguration knows every setting that the guide names, with the
// defaults that it says they have.
func TestGuideConfiguration(t *testing.T) {
	files := blocks(t, "docs/guide.md", "yaml")
	if len(files) == 0 {
		t.Fatal("docs/guide.md has no configuration")
	}
	for _, file := range files {
		c, err := parse(file)
		if err == nil {
			err = c.CheckBackends()
		}
		if err != nil {
			t.Errorf("%v in\n%s", err, file)
		}
	}
	c, err := parse(files[0])
	if err != nil {
		t.Fatal(err)
	}
	d := config.Default()
	if c.Limits != d.Limits || c.Tokens != d.Tokens || c.Audit != d.Audit || c.Log != d.Log || c.Memory != d.Memory ||
		c.Addr != d.Addr || c.Data != d.Data || c.Name != d.Name {
		t.Errorf("the guide's defaults are %+v, the program's %+v", c, d)
	}
}
