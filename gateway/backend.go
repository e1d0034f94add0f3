package gateway

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway/bounds"
	"gatehouse/gateway/view"
	"gatehouse/identity"
	"gatehouse/mcp"
)

// Backend serves one mounted server: tools in this process, or a server
// elsewhere. Its methods may be called concurrently. A task whose id it tells
// a person, in a result or a notification, is that person's from then on.
type Backend interface {
	// Catalog returns what the backend offers now, under its own names. The
	// snapshot is not to be changed; the same pointer means the same content.
	// The first time it may take until ctx ends; later it returns at once,
	// with the last good snapshot if there is nothing better.
	Catalog(ctx context.Context) (*Catalog, error)

	// Call does one request, whose params carry the backend's own name for
	// what is called. It returns when the call is over or ctx ends; ctx ending
	// cancels the call. What the backend has to say meanwhile goes to peer.
	// A failure is an [*mcp.Error] if the backend answered with one. One that
	// wraps fault.Unavailable says that the backend could not be reached,
	// unless it has a method Answered() bool that reports true.
	Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)

	// Watch calls notify with the notifications of those changes, under the
	// backend's own names, until ctx ends. It returns once the watch stands,
	// with the subset that the backend honours.
	Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify Notify) (mcp.Changes, error)

	// End says that a legacy session is over, and with it all that the backend
	// keeps for it.
	End(session string)

	// Close ends the backend.
	Close() error
}

// What follows a [Backend] may implement, too, if its server is elsewhere: it
// may change or fail behind the host's back.
type (
	// Asker is a backend that knows whether its server asks clients in the
	// middle of a call.
	Asker interface{ AsksInCall() bool }

	// Ager is a backend that knows how good its catalog is. A since that is
	// not zero says that the catalog is older than it should be, since when,
	// and for what cause.
	Ager interface {
		Stale() (since time.Time, cause error)
	}

	// Noter is a backend of which an operator may want to know more. The words
	// change only if what they tell of does.
	Noter interface{ Notes() []string }

	// Announcer is a backend that says when Catalog has something new to
	// return. OnChange is called once, before all other methods. changed
	// returns soon, and may be called concurrently.
	Announcer interface{ OnChange(changed func()) }
)

// Notify receives a notification.
type Notify = func(method string, params jsontext.Value)

// Catalog is what a backend offers: an immutable snapshot.
type Catalog struct {
	Info         jsontext.Value // Implementation of the server
	Capabilities jsontext.Value // ServerCapabilities
	Instructions string

	Tools     []Entry
	Prompts   []Entry
	Resources []Entry
	Templates []Entry
}

// Entry is one tool, prompt, resource or resource template.
type Entry struct {
	Name   string         // its name; for a resource its URI, for a template its URI template
	Raw    jsontext.Value // the object as lists show it
	Scopes []string       // what a caller needs beyond the scopes of the mount
}

// Mount is a backend in its place.
type Mount struct {
	Name    string // of the backend, as in the configuration
	Kind    string // what sort of backend it is, for operators: "builtin", "remote", "stdio"
	Prefix  string // goes before the names of its tools and prompts
	Scopes  []string
	Backend Backend

	// What of the backend is shown, and how. The zero Selection is all of it,
	// as it is. Resources stands for the templates, too.
	Tools, Prompts, Resources view.Selection

	// Pin withholds a tool whose definition has changed since it was first
	// seen, until an operator accepts the change.
	Pin bool

	Limits bounds.Limits

	// AsksInCall says that the backend asks clients in the middle of a call,
	// for backends that cannot say so themselves (see [Asker]). The gateway
	// then holds such a call for clients that cannot be asked.
	AsksInCall bool
}
