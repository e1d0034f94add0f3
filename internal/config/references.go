package config

import (
	"fmt"
	"regexp"
	"strings"
)

// references are replaced in the values of a file: ${env:NAME} by a variable,
// ${file:PATH} by a file's content.
type references struct {
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	files    []string // that were named
}

// expand replaces the references in a text, and calls fail for each that
// cannot be.
func (r *references) expand(text string, fail func(says string)) string {
	before, rest, found := strings.Cut(text, "${")
	if !found {
		return text
	}
	ref, after, closed := strings.Cut(rest, "}")
	kind, name, _ := strings.Cut(ref, ":")
	value := ""
	switch {
	case closed && kind == "env" && plainName.MatchString(name):
		if value = r.getenv(name); value == "" {
			fail("the environment has no " + name)
		}
	case closed && kind == "file":
		r.files = append(r.files, name)
		data, err := r.readFile(name)
		if err != nil {
			fail(err.Error())
		}
		value = strings.TrimRight(string(data), "\r\n")
	default:
		fail(instead(ref, kind, name))
		return text
	}
	return before + value + r.expand(after, fail)
}

// plainName is the name of a variable.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// instead says what to write for a reference that other programs know.
func instead(ref, kind, name string) string {
	variable, _, _ := strings.Cut(kind, ":")
	switch {
	case kind == "input":
		asked := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(name))
		return fmt.Sprintf("${%s} is what an editor asks a person for; set a variable and write ${env:%s}, or keep it in a file and write ${file:PATH}", ref, asked)
	case strings.HasPrefix(kind, "workspaceFolder"), kind == "userHome", kind == "cwd", kind == "pathSeparator", kind == "/":
		return fmt.Sprintf("${%s} is known to editors alone; write the path itself", ref)
	case kind == "env":
		plain, _, _ := strings.Cut(name, ":")
		return fmt.Sprintf("${%s} is no reference; write ${env:%s}, which has no default", ref, plain)
	case plainName.MatchString(variable):
		return fmt.Sprintf("${%s} is neither ${env:NAME} nor ${file:PATH}; if it is a variable, write ${env:%s}", ref, variable)
	}
	return fmt.Sprintf("${%s} is neither ${env:NAME} nor ${file:PATH}", ref)
}
