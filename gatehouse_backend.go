package gatehouse

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gatehouse/gateway"
	"gatehouse/internal/config"
	"gatehouse/oauth"
)

// Backend is a set of tools, prompts and resources that the host serves.
// [Tools] makes one, and Server of package gatehouse/sdk; its methods change it
// and return it, so that they can be chained. It is complete before the host
// starts.
type Backend struct {
	name    string
	prefix  *string // nil leaves it to the host
	scopes  []string
	words   map[string]string
	asks    bool // in the middle of calls
	backend gateway.Backend
	err     error
}

// NewBackend is for packages that make backends of another kind. What went
// wrong in making it the host says when it starts.
func NewBackend(name string, backend gateway.Backend, err error) *Backend {
	return &Backend{name: name, scopes: []string{name}, backend: backend, err: err}
}

// Prefix puts prefix before the names of the backend's tools and prompts.
// Without it, a backend that is served alone has no prefix, and one of several
// has its own name and an underscore. Prefix("") leaves the names as they are.
func (b *Backend) Prefix(prefix string) *Backend {
	b.prefix = &prefix
	return b
}

// Scopes sets the scopes that a caller needs for anything of this backend.
// Without it that is one scope, called like the backend. Scopes() asks for
// none: whoever is logged in may call.
func (b *Backend) Scopes(scopes ...string) *Backend {
	b.scopes = scopes
	return b
}

// Describe says in a sentence what a scope allows, for the page on which a
// person consents.
func (b *Backend) Describe(scope, sentence string) *Backend {
	if b.words == nil {
		b.words = make(map[string]string)
	}
	b.words[scope] = sentence
	return b
}

// AsksInCall lets the handlers of a server of the Go SDK ask the client in the
// middle of a call (Session.Elicit, CreateMessage, ListRoots), whichever
// revision it speaks. A client of 2026-07-28 or later cannot be asked so: its call is held
// in memory, while the client answers and calls again. What is held is lost
// when the process ends, and when the client takes more than ten minutes; the
// client then has to begin anew.
//
// Handlers meet such a client as one of 2025-11-25. Those that return
// InputRequests need none of this: without it their calls keep no memory.
func (b *Backend) AsksInCall() *Backend {
	b.asks = true
	return b
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// Descriptions returns the sentences given to [Backend.Describe], by scope.
func (b *Backend) Descriptions() map[string]string { return maps.Clone(b.words) }

// Mount returns the backend for the host to serve, or all that is wrong with
// it. It is called once, by whoever builds the host.
func (b *Backend) Mount() (gateway.Mount, error) {
	var errs []error
	if !config.IsBackendName(b.name) {
		errs = append(errs, fmt.Errorf("backend %q: %s", b.name, config.NameRule))
	}
	for _, scope := range b.scopes {
		if !oauth.IsScope(scope) {
			errs = append(errs, fmt.Errorf("backend %q: %q is no scope", b.name, scope))
		}
	}
	if b.err != nil {
		errs = append(errs, b.err)
	}
	m := gateway.Mount{Name: b.name, Scopes: slices.Clone(b.scopes), Backend: b.backend, AsksInCall: b.asks}
	if b.prefix != nil {
		m.Prefix = *b.prefix
	}
	return m, errors.Join(errs...)
}

// mounts returns the backends in their places, or all that is wrong with them.
func mounts(backends []*Backend) ([]gateway.Mount, error) {
	var all []gateway.Mount
	var errs []error
	seen := make(map[string]bool)
	for _, b := range backends {
		m, err := b.Mount()
		if err != nil {
			errs = append(errs, err)
		}
		if seen[b.name] {
			errs = append(errs, fmt.Errorf("two backends are called %q", b.name))
		}
		seen[b.name] = true
		if b.prefix == nil && len(backends) > 1 {
			m.Prefix = b.name + "_"
		}
		all = append(all, m)
	}
	return all, errors.Join(errs...)
}
