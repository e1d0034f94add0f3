package config

import (
	"bytes"
	"cmp"
	"os"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Load reads the file at path over the defaults. See [Parse].
func Load(path string, getenv func(string) string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	return Parse(data, getenv, os.ReadFile)
}

// Parse reads a file's content over the defaults. Names that no setting has
// are an error, and ${env:NAME} and ${file:PATH} are replaced. With an error
// that is a [*Misread] the configuration is what could be read, for whoever
// wants to look for other faults too.
func Parse(data []byte, getenv func(string) string, readFile func(string) ([]byte, error)) (Config, error) {
	c := Default()
	if saysNothing(data) {
		return c, nil
	}
	var node yaml.Node
	if err := yaml.Load(data, &node); err != nil {
		return Config{}, syntax(data, err)
	}
	d := decoder{
		references: references{getenv: getenv, readFile: readFile},
		known:      make(map[reflect.Type]map[string]field),
		lines:      make(map[string]int),
	}
	d.value("", &node, reflect.ValueOf(&c).Elem())
	c.lines, c.notes, c.files = d.lines, d.notes, d.files
	d.faults = append(d.faults, c.gather()...)
	if len(d.faults) > 0 {
		return c, &Misread{d.faults}
	}
	return c, nil
}

// saysNothing reports whether a file has no lines but comments.
func saysNothing(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// Notes are what the file says to no effect, for the operator to know, in the
// order of the file.
func (c *Config) Notes() []error {
	return slices.SortedStableFunc(slices.Values(c.notes), func(a, b error) int { return cmp.Compare(order(a), order(b)) })
}

// Files are those that ${file:PATH} named.
func (c *Config) Files() []string { return c.files }

// Changed returns the settings that are not what they were in another
// configuration. Backends are not among them: they may change at any time.
func (c Config) Changed(from Config) []string {
	var all []string
	is, was := reflect.ValueOf(c), reflect.ValueOf(from)
	for name, f := range fieldsOf(is.Type()) {
		if name != "backends" && !reflect.DeepEqual(is.FieldByIndex(f.Index).Interface(), was.FieldByIndex(f.Index).Interface()) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
