package mcp

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Methods that the host itself must know.
const (
	MethodInitialize       = "initialize"
	MethodPing             = "ping"
	MethodDiscover         = "server/discover"
	MethodListen           = "subscriptions/listen"
	MethodToolsList        = "tools/list"
	MethodToolsCall        = "tools/call"
	MethodPromptsList      = "prompts/list"
	MethodPromptsGet       = "prompts/get"
	MethodResourcesList    = "resources/list"
	MethodTemplatesList    = "resources/templates/list"
	MethodResourcesRead    = "resources/read"
	MethodSubscribe        = "resources/subscribe"
	MethodUnsubscribe      = "resources/unsubscribe"
	MethodComplete         = "completion/complete"
	MethodSetLevel         = "logging/setLevel"
	MethodTasksGet         = "tasks/get" // of the extension io.modelcontextprotocol/tasks
	MethodTasksUpdate      = "tasks/update"
	MethodTasksCancel      = "tasks/cancel"
	MethodCreateMessage    = "sampling/createMessage"
	MethodElicit           = "elicitation/create"
	MethodRootsList        = "roots/list"
	NoteInitialized        = "notifications/initialized"
	NoteCancelled          = "notifications/cancelled"
	NoteProgress           = "notifications/progress"
	NoteMessage            = "notifications/message"
	NoteToolsChanged       = "notifications/tools/list_changed"
	NotePromptsChanged     = "notifications/prompts/list_changed"
	NoteResourcesChanged   = "notifications/resources/list_changed"
	NoteResourceUpdated    = "notifications/resources/updated"
	NoteRootsChanged       = "notifications/roots/list_changed"
	NoteSubscriptionsAcked = "notifications/subscriptions/acknowledged"
)

// Members of _meta that the modern revision gives a meaning to.
const (
	MetaPrefix          = "io.modelcontextprotocol/"
	MetaRevision        = MetaPrefix + "protocolVersion"
	MetaClientInfo      = MetaPrefix + "clientInfo"
	MetaCapabilities    = MetaPrefix + "clientCapabilities"
	MetaLogLevel        = MetaPrefix + "logLevel"
	MetaServerInfo      = MetaPrefix + "serverInfo"
	MetaSubscription    = MetaPrefix + "subscriptionId"
	MetaProgressToken   = "progressToken"
	notificationsPrefix = "notifications/"
)

// IsNotificationMethod reports whether method names a notification.
func IsNotificationMethod(method string) bool {
	return strings.HasPrefix(method, notificationsPrefix)
}

// Client is what the other end said of itself: in initialize (legacy), or in
// the _meta of each request (modern).
type Client struct {
	Revision     Revision
	Info         jsontext.Value // an Implementation object, or nil
	Capabilities jsontext.Value // a ClientCapabilities object, or nil
	Session      string         // id of the legacy session; empty if modern
	LogLevel     string         // from here up the client wants log messages; empty is none
}

// CanBeAsked reports whether the client has declared anything that it could be
// asked in the middle of a call.
func (c *Client) CanBeAsked() bool {
	for _, name := range []string{"elicitation", "sampling", "roots"} {
		if Member(c.Capabilities, name) != nil {
			return true
		}
	}
	return false
}

// Request is one call on its way from an edge through the gateway to a
// backend.
type Request struct {
	Method string
	Params jsontext.Value // as the client sent them, or with the name that the backend knows
	Client *Client
}

// Result is what a call came to. Raw is a JSON object. A result that asks the
// client for input says so in Raw itself (resultType "input_required"), as any
// other kind of result does that a later revision may bring.
type Result struct {
	Raw jsontext.Value
}

// Peer is the client's end of one request, while the request runs. Its methods
// may be called concurrently, and fail once the request is over or the client
// is gone.
type Peer interface {
	// Notify sends a notification that belongs to the request: progress, or a
	// log message.
	Notify(ctx context.Context, method string, params jsontext.Value) error

	// Ask sends the client a request and waits for its result. Only clients of
	// a legacy revision can be asked; for others it fails with [ErrCannotAsk],
	// and the backend must return a result that requires input instead. A
	// refusal by the client is an [*Error].
	Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error)
}

// ErrCannotAsk is what [Peer.Ask] fails with where a revision has no requests
// from server to client.
var ErrCannotAsk = &Error{Code: CodeInvalidRequest, Message: "This client cannot be asked in the middle of a call; return an input_required result"}

// Changes is a set of things that a client wants to hear of when they change
// (subscriptions/listen, and what legacy sessions subscribe to).
type Changes struct {
	Tools     bool     `json:"toolsListChanged,omitzero"`
	Prompts   bool     `json:"promptsListChanged,omitzero"`
	Resources bool     `json:"resourcesListChanged,omitzero"`
	URIs      []string `json:"resourceSubscriptions,omitempty"`
}

// Empty reports whether the set holds nothing.
func (c Changes) Empty() bool {
	return !c.Tools && !c.Prompts && !c.Resources && len(c.URIs) == 0
}
