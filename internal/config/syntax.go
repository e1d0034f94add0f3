package config

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// noComment is for files of editors, whose comments YAML does not know.
const noComment = "a comment begins with # here, not with //"

// syntax names the line of a file that is no YAML, and what people who paste
// JSON into YAML stumble over.
func syntax(data []byte, err error) error {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return &Fault{Text: "this is no YAML: " + err.Error()}
	}
	at, lines := e.Mark.Line, strings.Split(string(data), "\n")
	if hint, line := hint(lines, at); hint != "" {
		return &Fault{Line: line, Text: hint}
	}
	return &Fault{Line: at, Text: "this is no YAML: " + e.Message}
}

// hint guesses what is meant by lines that failed at one of them.
func hint(lines []string, at int) (text string, line int) {
	plain, brace := 0, 0 // the first line of YAML, and of JSON
	for i, l := range lines {
		trimmed := strings.TrimSpace(l)
		switch {
		case trimmed == "" || trimmed[0] == '#':
			continue
		case strings.HasPrefix(trimmed, "//"), strings.Contains(l, " // "):
			return noComment, i + 1
		case l[0] == '{' && brace == 0:
			brace = i + 1
		case l[0] >= 'a' && l[0] <= 'z' && plain == 0:
			plain = i + 1
		}
	}
	upTo := lines[:min(at, len(lines))]
	switch {
	case plain > 0 && brace > 0:
		return "a file is either YAML or one map of JSON; leave out the outermost braces of what was pasted in", brace
	case len(upTo) > 0 && strings.HasPrefix(upTo[len(upTo)-1], "\t"):
		return "YAML is indented with spaces, not with tabs", len(upTo)
	}
	for i := len(upTo) - 1; i >= max(0, len(upTo)-2); i-- {
		if strings.TrimSpace(upTo[i]) == "}," {
			return "no comma stands after the last brace", i + 1
		}
	}
	return "", 0
}
