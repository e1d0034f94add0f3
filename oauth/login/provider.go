package login

import (
	"context"
	"net/url"
)

// Person is somebody who proved who they are.
type Person struct {
	Subject string // stable, and led by the provider: "dev:alice", "github:583231"
	Name    string // what to call that person
}

// Provider is one way to log in. It has either a Form or an Away.
type Provider struct {
	ID     string // names it in URLs: letters, digits, hyphens
	Label  string // names it to people
	Notice string // what people should know before they use it, if anything
	Form   Form
	Away   Away
}

// Form checks a name and a password that a person typed on our page.
type Form interface {
	// Verify returns whom the name and the password belong to. It fails with
	// fault.Denied if they do not match, in words that do not tell whether
	// the name exists; with fault.TooMany after too many attempts from the
	// address; with fault.Invalid if there is something to correct.
	Verify(ctx context.Context, name, password, address string) (Person, error)
}

// Away lets somebody else say who the person is.
type Away interface {
	// Start returns the URL to send the browser to. The provider will send it
	// back to the trip's Callback with the trip's State.
	Start(ctx context.Context, trip Trip) (string, error)

	// Finish reads what the browser came back with. It fails with
	// fault.Denied if the provider, or our own list, refused the person.
	Finish(ctx context.Context, trip Trip, query url.Values) (Person, error)
}

// Trip is one journey of a browser to another provider and back. Each of its
// secrets is random, and good for this journey alone.
type Trip struct {
	Callback string // where the browser comes back to
	State    string
	Nonce    string
	Verifier string // of the proof key (RFC 7636)
	Prompt   string // what to ask of the person there: "login", "select_account", or nothing
}
