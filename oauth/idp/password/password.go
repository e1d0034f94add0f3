// Package password logs people in by a name and a password that this host
// keeps itself.
package password

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
)

// maxInput bounds a name and a password, so that nobody makes the host hash
// megabytes.
const maxInput = 1024

// Accounts are the people whom the host knows.
type Accounts interface {
	// Verify returns the subject and the name of the account. It fails with
	// fault.Denied whether the name is wrong, the password is, or the account
	// is disabled, and with fault.TooMany after too many attempts.
	Verify(ctx context.Context, name, password, address string) (subject, display string, err error)
}

// Provider returns the login by accounts.
func Provider(accounts Accounts) login.Provider {
	return login.Provider{ID: "password", Label: "Name and password", Form: form{accounts}}
}

type form struct{ accounts Accounts }

// Verify asks the accounts.
func (f form) Verify(ctx context.Context, name, password, address string) (login.Person, error) {
	if name == "" || password == "" {
		return login.Person{}, fault.New(fault.Invalid, "Type your name and your password.")
	}
	if len(name) > maxInput || len(password) > maxInput {
		return login.Person{}, fault.New(fault.Invalid, "The name or the password is too long: each can have %d bytes.", maxInput)
	}
	subject, display, err := f.accounts.Verify(ctx, name, password, address)
	if err != nil {
		return login.Person{}, err
	}
	return login.Person{Subject: subject, Name: display}, nil
}
