// Package dev lets anybody in under any name, for a host on one's own machine.
// It must never be a provider of a host that others can reach.
package dev

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
)

// maxName bounds a name, in bytes.
const maxName = 64

// Provider returns the development login.
func Provider() login.Provider {
	return login.Provider{
		ID:     "dev",
		Label:  "Development login",
		Notice: "Development login: any name and any password will do. It exists only on a host started for development.",
		Form:   form{},
	}
}

type form struct{}

// Verify takes the name at its word.
func (form) Verify(_ context.Context, name, _, _ string) (login.Person, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return login.Person{}, fault.New(fault.Invalid, "Type a name: any will do.")
	case len(name) > maxName:
		return login.Person{}, fault.New(fault.Invalid, "Type a shorter name: at most %d characters.", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return login.Person{}, fault.New(fault.Invalid, "Type a name without control characters.")
	}
	return login.Person{Subject: "dev:" + name, Name: name}, nil
}
