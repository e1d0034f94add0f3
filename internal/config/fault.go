package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Line int    // in the file; 0 for what is missing
	Path string // of the setting, such as login.oidc[0].issuer
	Text string // what is wrong, and what to do
}

// Error says where the fault is and what to do.
func (f *Fault) Error() string {
	text := f.Text
	if f.Path != "" {
		text = f.Path + ": " + text
	}
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

// Faults are several, one a line.
type Faults []error

// Error lists the faults.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, err := range f {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults.
func (f Faults) Unwrap() []error { return f }

// Join returns all that is wrong in the order of the file, or nil. What is
// missing comes last. It is not said where the file was misread, nor is what
// is wrong with a setting as a whole where something in it was: a misspelled
// name is why another seems to be missing.
func Join(errs ...error) error {
	var all, misread Faults
	for _, err := range errs {
		faults := flatten(err)
		if _, partly := errors.AsType[*Misread](err); partly {
			misread = append(misread, faults...)
		} else {
			all = append(all, faults...)
		}
	}
	all = slices.DeleteFunc(all, func(err error) bool {
		return slices.ContainsFunc(misread, func(cause error) bool { return follows(err, cause) })
	})
	all = append(misread, all...)
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b error) int { return cmp.Compare(order(a), order(b)) })
	if len(misread) > 0 {
		return &Misread{all}
	}
	return all
}

// follows reports whether a fault may come of something that was misread.
func follows(err, misread error) bool {
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		return false
	}
	cause, ok := errors.AsType[*Fault](misread)
	if rest, within := strings.CutPrefix(cause.Path, f.Path); ok && within {
		return rest == "" || rest[0] == '.' || rest[0] == '['
	}
	return ok && f.Line == 0
}

// Each returns the faults that an error is made of.
func Each(err error) []error { return flatten(err) }

// Misread are the faults of a file that was read in part.
type Misread struct{ Faults }

// Of returns the faults of some settings, or nil.
func (m *Misread) Of(settings ...string) error {
	return m.only(func(f *Fault) bool { return f.in(settings) })
}

// Except returns the faults of all other settings, or nil.
func (m *Misread) Except(settings ...string) error {
	return m.only(func(f *Fault) bool { return !f.in(settings) })
}

func (m *Misread) only(keep func(*Fault) bool) error {
	var kept Faults
	for _, err := range m.Faults {
		if f, ok := errors.AsType[*Fault](err); ok && keep(f) {
			kept = append(kept, err)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return &Misread{kept}
}

// in reports whether the fault is in one of the settings of the file.
func (f *Fault) in(settings []string) bool {
	first, _, _ := strings.Cut(f.Path, ".")
	first, _, _ = strings.Cut(first, "[")
	return slices.Contains(settings, first)
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

func line(err error) int {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Line
	}
	return 0
}

// order is the line, or after all lines.
func order(err error) uint { return uint(line(err)) - 1 }

// Fault returns a fault of the setting at a path, with the line of it or of
// what it is in.
func (c *Config) Fault(path, format string, args ...any) error {
	return &Fault{Line: c.line(path), Path: path, Text: fmt.Sprintf(format, args...)}
}

func (c *Config) line(path string) int {
	for path != "" {
		if n, ok := c.lines[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}
