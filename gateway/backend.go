package gateway

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Backend serves one mounted server: tools in this process, or a server
// elsewhere. Its methods may be called concurrently.
type Backend interface {
	// Catalog returns what the backend offers now, under its own names. The
	// snapshot is not to be changed; the same pointer means the same content.
	// It costs nothing but the first time.
	Catalog(ctx context.Context) (*Catalog, error)

	// Call does one request, whose params carry the backend's own name for
	// what is called. It returns when the call is over or ctx ends; ctx ending
	// cancels the call. What the backend has to say meanwhile goes to peer.
	// A failure is an [*mcp.Error] if the backend answered with one.
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
	Prefix  string // goes before the names of its tools and prompts
	Scopes  []string
	Backend Backend

	// AsksInCall says that the backend asks clients in the middle of a call.
	// The gateway then holds such a call for clients that cannot be asked.
	AsksInCall bool
}
