package mcp

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// UnsupportedRevision is the answer to a modern request of a revision that the
// host does not serve. It names those that it serves.
func UnsupportedRevision(asked Revision) *Error {
	data, err := json.Marshal(struct {
		Supported []Revision `json:"supported"`
		Requested Revision   `json:"requested"`
	}{revisions, asked})
	return &Error{Code: CodeUnsupportedRevision, Message: "Unsupported protocol version", Data: data, Err: err}
}

// MissingCapability is the answer to a request that cannot be done for a
// client without the capabilities in needed, a ClientCapabilities object.
func MissingCapability(needed jsontext.Value) *Error {
	data := append(append([]byte(`{"requiredCapabilities":`), needed...), '}')
	return &Error{Code: CodeMissingCapability, Message: "Missing required client capability", Data: data}
}

// CheckInputRequests holds what a result asks of the client to the
// capabilities that the client has declared. It fails with CodeMissingCapability
// for the first request of a kind that the client has not, and with
// CodeInternal for one that no client could answer.
func CheckInputRequests(requests, capabilities jsontext.Value) error {
	var malformed bool
	var missing jsontext.Value
	err := eachMember(requests, func(_, request jsontext.Value, _ span) bool {
		path := neededFor(request)
		malformed = malformed || path == nil
		if missing == nil && path != nil && !has(capabilities, path) {
			missing = nest(path)
		}
		return true
	})
	if err != nil || malformed {
		return &Error{Code: CodeInternal, Message: "The server asks for input in a way that no client understands", Err: err}
	}
	if missing != nil {
		return MissingCapability(missing)
	}
	return nil
}

// neededFor returns the path of the capability that a request needs, or nil if
// there is no such request.
func neededFor(request jsontext.Value) []string {
	params := Member(request, "params")
	switch StringMember(request, "method") {
	case MethodElicit:
		if StringMember(params, "mode") == "url" {
			return []string{"elicitation", "url"}
		}
		return []string{"elicitation"}
	case MethodCreateMessage:
		if Member(params, "tools") != nil || Member(params, "toolChoice") != nil {
			return []string{"sampling", "tools"}
		}
		return []string{"sampling"}
	case MethodRootsList:
		return []string{"roots"}
	}
	return nil
}

// has reports whether an object stands at the path.
func has(capabilities jsontext.Value, path []string) bool {
	for _, name := range path {
		capabilities = Member(capabilities, name)
	}
	return len(capabilities) > 0 && capabilities.Kind() == '{'
}

// nest returns an empty object at the path.
func nest(path []string) jsontext.Value {
	v := jsontext.Value("{}")
	for i := len(path) - 1; i >= 0; i-- {
		v = WithMember(nil, path[i], v)
	}
	return v
}
