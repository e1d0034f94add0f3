package modern

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
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

// check holds a request to the rules that every request must keep, and returns
// what its _meta says.
func (h *Handler) check(r *http.Request, who identity.Principal, m *mcp.Message, p *mcp.Params) (mcp.Meta, error) {
	// 1. The revision, in the header and in _meta.
	said, err := header(r.Header, mcp.HeaderRevision)
	if err != nil {
		return mcp.Meta{}, err
	}
	meta, err := mcp.ReadMeta(p.Meta)
	if err != nil {
		return meta, err
	}
	if said != string(meta.Client.Revision) {
		return meta, mismatch("MCP-Protocol-Version says %q, the body %q", said, string(meta.Client.Revision))
	}
	if meta.Client.Revision != mcp.R20260728 {
		return meta, mcp.UnsupportedRevision(meta.Client.Revision)
	}

	// 2. The method.
	said, err = header(r.Header, mcp.HeaderMethod)
	if err != nil {
		return meta, err
	}
	if said != m.Method {
		return meta, mismatch("Mcp-Method says %q, the body %q", said, m.Method)
	}
	if removed[m.Method] {
		return meta, mcp.MethodNotFound(m.Method)
	}

	// 3. What the method is done to.
	switch m.Method {
	case mcp.MethodToolsCall:
		if err := checkName(r.Header, p.Name); err != nil {
			return meta, err
		}
		return meta, h.checkArguments(r, who, p)
	case mcp.MethodPromptsGet:
		return meta, checkName(r.Header, p.Name)
	case mcp.MethodResourcesRead:
		return meta, checkName(r.Header, p.URI)
	}
	return meta, nil
}

// checkName compares Mcp-Name with the name or the URI in the body.
func checkName(headers http.Header, name string) error {
	said, err := header(headers, mcp.HeaderName)
	if err != nil {
		return err
	}
	if name == "" {
		return mcp.InvalidParams("Invalid params: no name or uri")
	}
	if got, ok := mcp.DecodeHeader(said); !ok || got != name {
		return mismatch("Mcp-Name says %q, the body %q", said, name)
	}
	return nil
}

// checkArguments compares the arguments that a tool wants repeated in headers.
// Headers for other arguments are none of our business.
func (h *Handler) checkArguments(r *http.Request, who identity.Principal, p *mcp.Params) error {
	for _, want := range h.Gateway.ParamHeaders(r.Context(), who, p.Name) {
		if err := checkArgument(r.Header, want, p.Arguments); err != nil {
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
