package modern

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// removed are methods that this revision has no more. A backend may still know
// them, from clients of older revisions.
var removed = map[string]bool{
	mcp.MethodInitialize:  true,
	mcp.MethodPing:        true,
	mcp.MethodSetLevel:    true,
	mcp.MethodSubscribe:   true,
	mcp.MethodUnsubscribe: true,
}

// check holds a request to the rules that every request must keep, and reads
// its _meta.
func (h *Handler) check(x *exchange) error {
	// 1. The revision, in the header and in _meta.
	said, err := header(x.r.Header, mcp.HeaderRevision)
	if err != nil {
		return err
	}
	if x.meta, err = mcp.ReadMeta(x.params.Meta); err != nil {
		return err
	}
	if asked := x.meta.Client.Revision; said != string(asked) {
		return mismatch("MCP-Protocol-Version says %q, the body %q", said, string(asked))
	} else if asked != mcp.R20260728 {
		return mcp.UnsupportedRevision(asked)
	}

	// 2. The method.
	if said, err = header(x.r.Header, mcp.HeaderMethod); err != nil {
		return err
	}
	if said != x.m.Method {
		return mismatch("Mcp-Method says %q, the body %q", said, x.m.Method)
	}
	if removed[x.m.Method] {
		return mcp.MethodNotFound(x.m.Method)
	}

	// 3. What the method is done to.
	switch x.m.Method {
	case mcp.MethodToolsCall:
		if err := checkName(x.r.Header, x.params.Name); err != nil {
			return err
		}
		return h.checkArguments(x)
	case mcp.MethodPromptsGet:
		return checkName(x.r.Header, x.params.Name)
	case mcp.MethodResourcesRead:
		return checkName(x.r.Header, x.params.URI)
	case mcp.MethodTasksGet, mcp.MethodTasksUpdate, mcp.MethodTasksCancel:
		return checkName(x.r.Header, mcp.StringMember(x.m.Params, "taskId"))
	}
	return nil
}

// checkName compares Mcp-Name with the name or the URI in the body.
func checkName(headers http.Header, name string) error {
	said, err := header(headers, mcp.HeaderName)
	if err != nil {
		return err
	}
	if name == "" {
		return mcp.InvalidParams("Invalid params: no name, uri or taskId")
	}
	if got, ok := mcp.DecodeHeader(said); !ok || got != name {
		return mismatch("Mcp-Name says %q, the body %q", said, name)
	}
	return nil
}

// checkArguments compares the arguments that a tool wants repeated in headers.
// Headers for other arguments are none of our business.
func (h *Handler) checkArguments(x *exchange) error {
	for _, want := range h.Gateway.ParamHeaders(x.r.Context(), x.who, x.params.Name) {
		if err := checkArgument(x.r.Header, want, x.params.Arguments); err != nil {
			return err
		}
	}
	return nil
}

func checkArgument(headers http.Header, want mcp.ParamHeader, value jsontext.Value) error {
	for _, name := range want.Path {
		value = mcp.Member(value, name)
	}
	if absent := len(value) == 0 || value.Kind() == 'n'; absent {
		if len(headers[want.Header]) > 0 {
			return mismatch("%s has a value, the body has none", want.Header)
		}
		return nil
	}
	said, err := header(headers, want.Header)
	if err != nil {
		return err
	}
	if !mcp.HeaderMatches(said, value) {
		return mismatch("%s does not say what the body says", want.Header)
	}
	return nil
}

// header returns the one value of a header that must be there. Two values are
// as bad as none: others may have read the other one.
func header(headers http.Header, name string) (string, error) {
	switch values := headers[name]; len(values) {
	case 1:
		return values[0], nil
	case 0:
		return "", mismatch("the header %s is missing", name)
	default:
		return "", mismatch("the header %s stands twice", name)
	}
}

func mismatch(format string, args ...any) error {
	return &mcp.Error{Code: mcp.CodeHeaderMismatch, Message: "Header mismatch: " + fmt.Sprintf(format, args...)}
}
