package view

import "slices"

// Selection says which entries of a backend's list are shown, and how. Names
// are the backend's own; those of resources and templates are their URIs.
type Selection struct {
	// Include and Exclude are patterns in which * stands for any text and ?
	// for one character. An entry is shown if it matches one of Include, or
	// Include is empty, and none of Exclude.
	Include, Exclude []string

	// Override changes what clients see of entries, by name.
	Override map[string]Override
}

// Shows reports whether an entry is one of those that clients see.
func (s *Selection) Shows(name string) bool {
	is := func(pattern string) bool { return glob(pattern, name) }
	return (len(s.Include) == 0 || slices.ContainsFunc(s.Include, is)) && !slices.ContainsFunc(s.Exclude, is)
}

// Hides reports whether a URI that is in no list is one of those that clients
// must not reach. Where the operator has chosen, neither may one that servers
// read in several ways.
func (s *Selection) Hides(uri string) bool {
	if len(s.Include) == 0 && len(s.Exclude) == 0 {
		return false
	}
	return !isPlain(uri) || slices.ContainsFunc(s.Exclude, func(pattern string) bool { return glob(pattern, uri) })
}
